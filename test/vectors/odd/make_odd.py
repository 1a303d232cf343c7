"""Draws the unusual kinds of pictures in this folder and asks OpenCV what it makes of each.

    python -m venv venv && venv/bin/pip install opencv-python-headless==4.7.0.72 numpy==1.26.4 pillow==10.4.0 tifffile==2023.12.9
    venv/bin/python make_odd.py

Writes pictures/* and index.json beside itself; the noise is seeded, so with the versions above the files come out the same.
`expect` is "equal" (decoded bytes equal OpenCV's), "clean" (equal to the picture named by `clean`, as OpenCV fills up what
it does not miss) or the code that the service refuses the picture with.
"""
import hashlib
import io
import json
import pathlib
import struct

import cv2
import numpy as np
import tifffile
from PIL import Image, ImageCms

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 37, 23
random = np.random.default_rng(1)
pictures = []


def noise8(*shape):
    return random.integers(0, 256, shape, dtype=np.uint8)


def noise16(*shape):
    return random.integers(0, 65536, shape, dtype=np.uint16)


def add(name, data, note, expect="equal", clean=None):
    pictures.append((name, bytes(data), note, expect, clean))


def pil(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()


def tiff(array, orientation=None, **options):
    buffer = io.BytesIO()
    tags = [(274, "H", 1, orientation, True)] if orientation else []
    tifffile.imwrite(buffer, array, extratags=tags, metadata=None, **options)
    return buffer.getvalue()


rgb = Image.fromarray(noise8(HEIGHT, WIDTH, 3))
rgba = Image.fromarray(noise8(HEIGHT, WIDTH, 4))
grey = Image.fromarray(noise8(HEIGHT, WIDTH))
turned = Image.Exif()
turned[0x112] = 6

# JPEG: EXIF among other segments, what comes after the last row, CMYK
jpeg = pil(rgb, format="JPEG", exif=turned, progressive=True)
exif_at = jpeg.index(b"Exif") - 4
exif_end = exif_at + 2 + struct.unpack_from(">H", jpeg, exif_at + 2)[0]
xmp = b"http://ns.adobe.com/xap/1.0/\0<x/>"
xmp = b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp
add("exif.jpg", jpeg, "EXIF orientation 6, progressive")
add("exif_after_xmp.jpg", jpeg[:2] + xmp + jpeg[2:], "EXIF after an XMP segment: not seen")
add("exif_before_xmp.jpg", jpeg[:exif_end] + xmp + jpeg[exif_end:], "EXIF before an XMP segment")
second = jpeg[exif_at:exif_end].replace(b"\x00\x06", b"\x00\x03")
add("exif_twice.jpg", jpeg[:exif_end] + second + jpeg[exif_end:], "two EXIF segments: the first counts")
plain = pil(rgb, format="JPEG")
end = plain.rindex(b"\xff\xd9")
add("extraneous.jpg", plain[:end] + b"\x00\x11\x22" + plain[end:], "stray bytes before the end marker")
add("fill_bytes.jpg", plain[:2] + b"\xff\xff\xff" + plain[2:], "fill bytes before a marker")
add("half_end_marker.jpg", plain[:-1], "half of the end marker", "clean", "fill_bytes.jpg")
cmyk = pil(rgb.convert("CMYK"), format="JPEG", quality=90)
adobe = cmyk.index(b"Adobe") - 4
adobe_end = adobe + 2 + struct.unpack_from(">H", cmyk, adobe + 2)[0]
add("cmyk.jpg", cmyk, "CMYK with an Adobe segment")
add("cmyk_no_adobe.jpg", cmyk[:adobe] + cmyk[adobe_end:], "CMYK without")
add("grey_411.jpg", cv2.imencode(".jpg", noise8(40, 50))[1], "one component")

# PNG
png = pil(rgb, format="PNG")
add("exif.png", pil(rgb, format="PNG", exif=turned), "eXIf orientation 6")
add("grey_alpha.png", pil(Image.fromarray(noise8(HEIGHT, WIDTH, 2), "LA"), format="PNG"), "grey with alpha")
add("palette_alpha.png", pil(rgba.quantize(16, method=2), format="PNG"), "palette with alpha")
add("palette_key.png", pil(rgb.quantize(16), format="PNG", transparency=3), "palette with one transparent colour")
add("rgb_key.png", pil(rgb, format="PNG", transparency=rgb.getpixel((0, 0))), "transparent colour")
add("grey_key.png", pil(grey, format="PNG", transparency=5), "transparent grey")
add("palette_2bit.png", pil(grey.quantize(4), format="PNG", bits=2), "two bits a pixel")
add("rgba16.png", cv2.imencode(".png", noise16(HEIGHT, WIDTH, 4))[1], "16 bits with alpha")
frames = [Image.fromarray(noise8(HEIGHT, WIDTH, 3))]
add("animated.png", pil(rgb, format="PNG", save_all=True, append_images=frames), "animation: the first picture")
add("no_end.png", png[:-12], "without its last chunk", "ERR_IMAGE_DECODE")
add("half_end.png", png[:-3], "last chunk cut", "ERR_IMAGE_DECODE")
broken = bytearray(png)
broken[60] ^= 1
add("bad_data.png", broken, "wrong checksums", "ERR_IMAGE_DECODE")

# WebP
add("exif.webp", pil(rgb, format="WEBP", lossless=True, exif=turned), "EXIF orientation 6: not seen")
add("alpha.webp", pil(rgba, format="WEBP", lossless=True, exact=True), "alpha, lossless")
add("alpha_lossy.webp", pil(rgba, format="WEBP", quality=80), "alpha, lossy")
webp_frames = dict(save_all=True, lossless=True, append_images=frames)
add("animated.webp", pil(rgb, format="WEBP", **webp_frames), "animation", "ERR_IMAGE_FORMAT")

# A colour profile that would exchange red and blue if it were applied
profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
profile[24:36] = bytes(12)  # its time of creation
profile[84:100] = bytes(16)  # its digest
red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
add("profile.jpg", pil(rgb, format="JPEG", icc_profile=bytes(profile)), "colour profile: ignored")
add("profile.png", pil(rgb, format="PNG", icc_profile=bytes(profile)), "colour profile: ignored")
add("profile.webp", pil(rgb, format="WEBP", lossless=True, icc_profile=bytes(profile)), "colour profile: ignored")
add("profile.tiff", pil(rgb, format="TIFF", icc_profile=bytes(profile)), "colour profile: ignored")

# BMP
bmp = cv2.imencode(".bmp", noise8(HEIGHT, WIDTH + 1, 3))[1].tobytes()
top_down = bytearray(bmp)
struct.pack_into("<i", top_down, 22, -struct.unpack_from("<i", bmp, 22)[0])
add("top_down.bmp", top_down, "first row first")
add("grey.bmp", cv2.imencode(".bmp", noise8(HEIGHT, WIDTH))[1], "8 bits, grey palette")
add("palette.bmp", pil(rgb.quantize(200), format="BMP"), "8 bits, colour palette")
add("rgba.bmp", pil(rgba, format="BMP"), "32 bits")
add("cut.bmp", bmp[:-1], "last byte missing", "ERR_IMAGE_DECODE")
add("bilevel.bmp", pil(grey.convert("1"), format="BMP"), "1 bit")

# TIFF
for orientation in range(1, 9):
    add(f"grey16_{orientation}.tiff", tiff(noise16(20, 30), orientation, photometric="minisblack"), "16-bit grey, turned")
add("rgb16.tiff", tiff(noise16(20, 30, 3), 6, photometric="rgb"), "16-bit RGB, turned: rounded to 8 bits")
add("rgb16_planar.tiff", tiff(noise16(3, 20, 30), photometric="rgb", planarconfig="separate"), "planes")
add("rgb16_big.tiff", tiff(noise16(20, 30, 3), photometric="rgb", byteorder=">"), "big endian")
add("rgb16_tiled.tiff", tiff(noise16(40, 50, 3), photometric="rgb", tile=(16, 16)), "tiles")
rgba8 = noise8(20, 30, 4)
add("rgba.tiff", tiff(rgba8, 3, photometric="rgb", extrasamples=["unassalpha"]), "alpha: multiplied")
add("rgbx.tiff", tiff(rgba8, photometric="rgb", extrasamples=["unspecified"]), "a fourth sample: dropped")
associated = tiff(rgba8, photometric="rgb", extrasamples=["assocalpha"])
add("rgba_associated.tiff", associated, "associated alpha", "ERR_IMAGE_FORMAT")
grey_alpha = tiff(noise8(20, 30, 2), photometric="minisblack", extrasamples=["unassalpha"], planarconfig="contig")
add("grey_alpha.tiff", grey_alpha, "grey with alpha")
add("white_is_zero.tiff", tiff(noise8(20, 30), photometric="miniswhite"), "inverted grey")
add("white_is_zero16.tiff", tiff(noise16(20, 30), photometric="miniswhite"), "inverted 16-bit grey")
add("rgb_tiled.tiff", tiff(noise8(40, 50, 3), photometric="rgb", tile=(16, 16)), "tiles")
add("palette.tiff", tiff(noise8(20, 30), photometric="palette", colormap=noise16(3, 256)), "palette")
add("palette4.tiff", pil(rgb.quantize(16), format="TIFF"), "palette of 16")
add("bilevel_g4.tiff", pil(grey.convert("1"), format="TIFF", compression="group4"), "1 bit, CCITT group 4")
add("lzw.tiff", pil(rgb, format="TIFF", compression="tiff_lzw"), "LZW")
add("jpeg.tiff", pil(rgb, format="TIFF", compression="jpeg"), "JPEG in TIFF")
add("pages.tiff", pil(rgb, format="TIFF", save_all=True, append_images=[grey]), "two pages: the first")
grey16 = noise16(40, 50)
tiled16 = tiff(grey16, photometric="minisblack", tile=(16, 16))
add("grey16_tiled.tiff", tiled16, "16-bit grey in tiles past the edge", "clean", "grey16_strips.tiff")
add("grey16_strips.tiff", tiff(grey16, photometric="minisblack"), "the same in strips")
add("cmyk.tiff", pil(rgb.convert("CMYK"), format="TIFF"), "CMYK", "ERR_IMAGE_FORMAT")
add("lab.tiff", tiff(noise8(20, 30, 3), photometric="cielab"), "Lab", "ERR_IMAGE_FORMAT")
floats = Image.fromarray(random.random((HEIGHT, WIDTH)).astype(np.float32))
add("float.tiff", pil(floats, format="TIFF"), "floating point", "ERR_IMAGE_FORMAT")

(HERE / "pictures").mkdir(exist_ok=True)
index = []
for name, data, note, expect, clean in pictures:
    (HERE / "pictures" / name).write_bytes(data)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    entry = {"file": f"odd/pictures/{name}", "note": note, "expect": expect}
    if clean is not None:
        entry["clean"] = f"odd/pictures/{clean}"
    elif image is not None:
        entry |= {"width": image.shape[1], "height": image.shape[0]}
        entry |= {"decodedBgrSha256": hashlib.sha256(image.tobytes()).hexdigest()}
    assert expect != "equal" or image is not None, name
    index.append(entry)
(HERE / "index.json").write_text(json.dumps({"opencv": cv2.__version__, "pictures": index}, indent=1) + "\n")
print(f"{len(index)} pictures")
