"""Makes pictures as cameras, recorders and libraries write them, and asks OpenCV what it makes of each.

    python -m venv venv && venv/bin/pip install opencv-python-headless==4.7.0.72 numpy==1.26.4 pillow==10.4.0 tifffile==2023.12.9
    venv/bin/python make_field.py

Writes pictures/* and index.json beside itself; the noise is seeded, so with the versions above the files come out the same.
`expect` is "equal" (decoded bytes equal OpenCV's), "clean" (equal to the picture named by `clean`, as OpenCV does not read
this kind) or the code that the service refuses the picture with.
"""
import hashlib
import io
import json
import pathlib
import struct
import zlib

import cv2
import numpy as np
import tifffile
from PIL import Image

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 37, 23
random = np.random.default_rng(2)
pictures = []


def noise8(*shape):
    return random.integers(0, 256, shape, dtype=np.uint8)


def noise16(*shape):
    return random.integers(0, 65536, shape, dtype=np.uint16)


def smooth(*shape):
    """Noise that JPEG compresses: each block has coefficients, few of them large."""
    return cv2.GaussianBlur(noise8(*shape), (0, 0), 2.0)


def add(name, data, note, expect="equal", clean=None):
    pictures.append((name, bytes(data), note, expect, clean))


# JPEG: what libjpeg warns of though no pixel is missing, and what it warns of because some are.


def segments(jpeg):
    """Offsets of the markers up to the first scan, and of the scan's header."""
    at = 2
    while True:
        marker, length = jpeg[at + 1], struct.unpack_from(">H", jpeg, at + 2)[0]
        yield at, marker
        if marker == 0xDA:
            return
        at += 2 + length


def find(jpeg, wanted):
    return next(at for at, marker in segments(jpeg) if marker == wanted)


def markers_in_scan(jpeg, first, last):
    start = find(jpeg, 0xDA)
    return [i for i in range(start + 2, len(jpeg) - 1) if jpeg[i] == 0xFF and first <= jpeg[i + 1] <= last]


def patched(jpeg, at, *values):
    out = bytearray(jpeg)
    out[at : at + len(values)] = bytes(values)
    return out


def inserted(jpeg, offsets, data):
    out = bytearray(jpeg)
    for at in sorted(offsets, reverse=True):
        out[at:at] = data
    return bytes(out)


def imencode(array, *options):
    return cv2.imencode(".jpg", array, [int(o) for o in options])[1].tobytes()


RST, PROGRESSIVE = cv2.IMWRITE_JPEG_RST_INTERVAL, cv2.IMWRITE_JPEG_PROGRESSIVE
colour = smooth(HEIGHT + 40, WIDTH + 40, 3)
kinds = {
    "baseline": imencode(colour),
    "restart": imencode(colour, RST, 2),
    "progressive": imencode(colour, PROGRESSIVE, 1),
    "progressive_restart": imencode(colour, PROGRESSIVE, 1, RST, 3),
    "grey": imencode(smooth(HEIGHT, WIDTH)),
}
for kind, jpeg in kinds.items():
    add(f"{kind}.jpg", jpeg, f"{kind}, clean")
    heads = [at for at, _ in segments(jpeg)][1:]
    add(f"{kind}_zeros_before_markers.jpg", inserted(jpeg, heads, bytes(608)), f"{kind}, zeros before each marker")
    end = jpeg.rindex(b"\xff\xd9")
    add(f"{kind}_bytes_before_end.jpg", inserted(jpeg, [end], b"\x00\x11\x22\xff\x00\x33"), f"{kind}, bytes before EOI")
    # OpenCV's reader asks for bytes behind the last block and gives up the last rows, or all, when there are none.
    add(f"{kind}_no_end.jpg", jpeg[:end], f"{kind}, every block is there, EOI is not", "clean", f"{kind}.jpg")
    with_name = jpeg[:end] + b"CAMERA 1"
    add(f"{kind}_no_end_bytes.jpg", with_name, f"{kind}, bytes of the camera's in place of EOI", "clean", f"{kind}.jpg")
    add(f"{kind}_cut.jpg", jpeg[: end - 1], f"{kind}, last byte of the data missing", "ERR_IMAGE_DECODE")
    add(f"{kind}_jfif2.jpg", patched(jpeg, 2 + 9, 2), f"{kind}, revision 2 of JFIF")
for kind in ("baseline", "restart", "grey"):
    jpeg = kinds[kind]
    sos = find(jpeg, 0xDA)
    behind = sos + 2 + struct.unpack_from(">H", jpeg, sos + 2)[0]
    add(f"{kind}_scan_parameters.jpg", patched(jpeg, behind - 2, 0), f"{kind}, Se is 0")
    everything = patched(inserted(jpeg, [jpeg.rindex(b"\xff\xd9")], b"\x01\x02"), behind - 3, 1, 5, 0x11)[:-2]
    everything = inserted(everything, [sos], bytes(9)) + b"\0\0"
    add(f"{kind}_everything.jpg", everything, f"{kind}, several of these at once")
for kind in ("restart", "progressive_restart"):
    jpeg = kinds[kind]
    marks = markers_in_scan(jpeg, 0xD0, 0xD7)
    add(f"{kind}_bytes_before_restarts.jpg", inserted(jpeg, marks, b"\x00\x55"), f"{kind}, bytes before each RST")
    for shift in range(1, 8):
        out = bytearray(jpeg)
        for at in marks:
            out[at + 1] = 0xD0 + ((out[at + 1] + shift) & 7)
        expect = "equal" if 3 <= shift <= 5 else "ERR_IMAGE_DECODE"
        add(f"{kind}_shifted_{shift}.jpg", out, f"{kind}, numbers of RST shifted by {shift}", expect)
    lost = jpeg[: marks[3]] + jpeg[marks[4] :]
    add(f"{kind}_lost.jpg", lost, f"{kind}, one interval missing", "ERR_IMAGE_DECODE")
    add(f"{kind}_no_marker.jpg", jpeg[: marks[3]] + jpeg[marks[3] + 2 :], f"{kind}, one RST missing", "ERR_IMAGE_DECODE")
adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x07"
baseline = kinds["baseline"]
app0_end = 2 + 2 + struct.unpack_from(">H", baseline, 4)[0]
no_jfif = baseline[:2] + adobe + baseline[app0_end:]
add("adobe_7.jpg", no_jfif, "unknown transform of Adobe, three components")
buffer = io.BytesIO()
Image.fromarray(smooth(HEIGHT, WIDTH, 3)).convert("CMYK").save(buffer, format="JPEG")
cmyk = buffer.getvalue()
at = cmyk.index(b"Adobe") + 11
add("adobe_cmyk.jpg", cmyk, "CMYK, clean")
add("adobe_cmyk_7.jpg", patched(cmyk, at, 7), "unknown transform of Adobe, four components")
flipped = bytearray(baseline)
flipped[find(baseline, 0xDA) + 60] ^= 0x5A
motion = baseline
while True:
    dht = next((at for at, marker in segments(motion) if marker == 0xC4), None)
    if dht is None:
        break
    motion = motion[:dht] + motion[dht + 2 + struct.unpack_from(">H", motion, dht + 2)[0] :]
add("motion.jpg", motion, "frame of Motion JPEG: without Huffman tables")
add("motion_bytes.jpg", inserted(motion, [motion.rindex(b"\xff\xd9")], b"\x00"), "the same with a byte before EOI")
sof = find(baseline, 0xC0)
add("extended.jpg", patched(baseline, sof + 1, 0xC1), "extended, 8 bits a sample")
add("bits12.jpg", patched(baseline, sof + 4, 12), "12 bits a sample", "ERR_IMAGE_FORMAT")
add("lossless.jpg", patched(baseline, sof + 1, 0xC3), "lossless", "ERR_IMAGE_FORMAT")
add("jpeg_ls.jpg", patched(baseline, sof + 1, 0xF7), "JPEG-LS", "ERR_IMAGE_FORMAT")

# BMP: every kind of header, depth and compression.

RGB, RLE8, RLE4, BITFIELDS = 0, 1, 2, 3
PALETTE = [tuple(int(v) for v in noise8(3)) + (0,) for _ in range(256)]


def rows(height, pitch, make):
    return b"".join(make(y).ljust((pitch + 3) // 4 * 4, b"\0") for y in range(height))


def bmp(bits, data, size=40, compression=RGB, palette=(), masks=(), height=HEIGHT, width=WIDTH, colours=None, gap=0):
    if size == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
        table = b"".join(bytes(entry[:3]) for entry in palette)
    else:
        used = len(palette) if colours is None else colours
        info = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, len(data), 0, 0, used, 0)
        info += b"".join(struct.pack("<I", mask) for mask in masks) if size >= 52 else b""
        info = info.ljust(size, b"\0")
        table = b"".join(bytes(entry) for entry in palette)
        table += b"".join(struct.pack("<I", mask) for mask in masks) if size < 52 else b""
    head = 14 + len(info) + len(table) + gap
    return struct.pack("<2sIHHI", b"BM", head + len(data), 0, 0, head) + info + table + bytes(gap) + data


def packed(bits):
    values = noise8(HEIGHT, WIDTH) & ((1 << bits) - 1)
    per_byte = 8 // bits

    def row(y):
        out = bytearray((WIDTH + per_byte - 1) // per_byte)
        for x in range(WIDTH):
            out[x // per_byte] |= int(values[y, x]) << (8 - bits * (x % per_byte + 1))
        return bytes(out)

    return rows(HEIGHT, (WIDTH * bits + 7) // 8, row)


for bits in (1, 4, 8):
    data = packed(bits)
    full = PALETTE[: 1 << bits]
    add(f"bits{bits}.bmp", bmp(bits, data, palette=full), f"{bits} bits a pixel")
    add(f"bits{bits}_os2.bmp", bmp(bits, data, size=12, palette=full), f"{bits} bits, header of OS/2")
    add(f"bits{bits}_os2_v2.bmp", bmp(bits, data, size=64, palette=full), f"{bits} bits, second header of OS/2")
    add(f"bits{bits}_v5.bmp", bmp(bits, data, size=124, palette=full), f"{bits} bits, V5 header")
    add(f"bits{bits}_down.bmp", bmp(bits, data, palette=full, height=-HEIGHT), f"{bits} bits, first row first")
    add(f"bits{bits}_gap.bmp", bmp(bits, data, palette=full, gap=7), f"{bits} bits, a gap before the pixels")
    add(f"bits{bits}_0_colours.bmp", bmp(bits, data, palette=full, colours=0), f"{bits} bits, all colours")
    add(f"bits{bits}_cut.bmp", bmp(bits, data, palette=full)[:-1], f"{bits} bits, cut", "ERR_IMAGE_DECODE")
add("bits4_few.bmp", bmp(4, packed(4), palette=PALETTE[:5], gap=44), "4 bits, fewer colours than indices")
grey_palette = [(i * 17, i * 17, i * 17, 0) for i in range(16)]
add("bits4_grey.bmp", bmp(4, packed(4), palette=grey_palette), "4 bits, grey palette")
words = rows(HEIGHT, 2 * WIDTH, lambda y: noise16(WIDTH).tobytes())
M555, M565 = (0x7C00, 0x3E0, 0x1F), (0xF800, 0x7E0, 0x1F)
add("bits16.bmp", bmp(16, words), "16 bits, no masks: 5, 5, 5")
add("bits16_555.bmp", bmp(16, words, compression=BITFIELDS, masks=M555), "16 bits, 5, 5, 5")
add("bits16_565.bmp", bmp(16, words, compression=BITFIELDS, masks=M565), "16 bits, 5, 6, 5")
add("bits16_565_down.bmp", bmp(16, words, compression=BITFIELDS, masks=M565, height=-HEIGHT), "the same from the top")
v4 = bmp(16, words, size=108, compression=BITFIELDS, masks=M565 + (0,))
add("bits16_565_v4.bmp", v4, "16 bits, 5, 6, 5 in a V4 header: OpenCV refuses it", "clean", "bits16_565.bmp")
m444 = (0xF00, 0xF0, 0xF)
add("bits16_444.bmp", bmp(16, words, compression=BITFIELDS, masks=m444), "16 bits, 4, 4, 4", "ERR_IMAGE_FORMAT")
triples = rows(HEIGHT, 3 * WIDTH, lambda y: noise8(3 * WIDTH).tobytes())
for size in (12, 40, 52, 56, 64, 108, 124):
    add(f"bits24_{size}.bmp", bmp(24, triples, size=size), f"24 bits, header of {size} bytes")
quads = rows(HEIGHT, 4 * WIDTH, lambda y: noise8(4 * WIDTH).tobytes())
M888 = (0xFF0000, 0xFF00, 0xFF)
add("bits32.bmp", bmp(32, quads), "32 bits")
for size in (40, 52, 56, 108, 124):
    masks = M888 + ((0xFF000000,) if size >= 56 else ())
    data = bmp(32, quads, size=size, compression=BITFIELDS, masks=masks)
    add(f"bits32_fields_{size}.bmp", data, f"32 bits, bit fields, header of {size} bytes")
swapped = bmp(32, quads, size=108, compression=BITFIELDS, masks=(0xFF, 0xFF00, 0xFF0000, 0xFF000000))
add("bits32_rgba.bmp", swapped, "32 bits, red first", "ERR_IMAGE_FORMAT")
add("bits32_os2.bmp", bmp(32, quads, size=12), "32 bits, header of OS/2")
add("bits24_jpeg.bmp", bmp(24, triples, compression=4), "JPEG in BMP", "ERR_IMAGE_FORMAT")
add("bits2.bmp", bmp(2, triples, palette=PALETTE[:4]), "2 bits a pixel", "ERR_IMAGE_FORMAT")


def rle8(end=b"\0\1", early=False):
    out = bytearray()
    for y in range(HEIGHT):
        x = 0
        stop = WIDTH - 9 if early and y % 3 == 1 else WIDTH
        while x < stop:
            left = stop - x
            if left >= 5 and random.integers(2) == 0:
                n = int(random.integers(3, min(left, 9) + 1))
                out += bytes([0, n]) + noise8(n).tobytes() + bytes(n & 1)
            else:
                n = int(random.integers(1, left + 1))
                out += bytes([n, int(noise8(1)[0])])
            x += n
        out += b"\0\0"
    return bytes(out[:-2]) + end


def rle4(end=b"\0\1", early=False):
    out = bytearray()
    for y in range(HEIGHT):
        x = 0
        stop = WIDTH - 9 if early and y % 3 == 1 else WIDTH
        while x < stop:
            left = stop - x
            if left >= 5 and random.integers(2) == 0:
                n = int(random.integers(3, min(left, 9) + 1))
                size = (n + 1) // 2
                out += bytes([0, n]) + noise8(size).tobytes() + bytes(size & 1)
            else:
                n = int(random.integers(1, left + 1))
                out += bytes([n, int(noise8(1)[0])])
            x += n
        out += b"\0\0"
    return bytes(out[:-2]) + end


def rle_bmp(bits, data, **options):
    return bmp(bits, data, compression=RLE8 if bits == 8 else RLE4, palette=PALETTE[: 1 << bits], **options)


def as_rle8(data):
    """The same codes, a pixel each: OpenCV loses its way in RLE4 with steps or an early end, and not in RLE8."""
    out, at = bytearray(), 0
    while at < len(data):
        count, value = data[at], data[at + 1]
        at += 2
        if count > 0:
            out += b"".join(bytes([1, value >> 4 if i % 2 == 0 else value & 15]) for i in range(count))
        elif value > 2:
            size = (value + 1) // 2
            for i in range(value):
                byte = data[at + i // 2]
                out += bytes([1, byte >> 4 if i % 2 == 0 else byte & 15])
            at += size + (size & 1)
        else:
            out += bytes([0, value]) + (data[at : at + 2] if value == 2 else b"")
            at += 2 if value == 2 else 0
    return bytes(out)


def add_rle(bits, name, data, note):
    if bits == 8:
        add(f"rle8_{name}.bmp", rle_bmp(8, data), f"RLE8, {note}")
        return
    add(f"rle4_{name}.bmp", rle_bmp(4, data), f"RLE4, {note}", "clean", f"rle4_{name}_as_8.bmp")
    as_8 = bmp(8, as_rle8(data), compression=RLE8, palette=PALETTE[:16])
    add(f"rle4_{name}_as_8.bmp", as_8, f"RLE4, {note}: the same in RLE8")


for bits, rle in ((8, rle8), (4, rle4)):
    add(f"rle{bits}.bmp", rle_bmp(bits, rle()), f"RLE{bits}")
    add(f"rle{bits}_line_end.bmp", rle_bmp(bits, rle(end=b"\0\0\0\1")), f"RLE{bits}, the last row ends by itself")
    add(f"rle{bits}_early.bmp", rle_bmp(bits, rle(early=True)), f"RLE{bits}, rows that end early")
    add(f"rle{bits}_down.bmp", rle_bmp(bits, rle(), height=-HEIGHT), f"RLE{bits}, first row first")
    add_rle(bits, "no_end", rle(end=b""), "without its end")
    delta = bytes([5, 0x12, 0, 2, 3, 2, 7, 0x34, 0, 0]) + b"\0\1"
    add_rle(bits, "delta", delta, "a step and an early end")
    full = bytes([WIDTH, 0x12, 0, 0]) * 3 + bytes([5, 0x12, 0, 2, 3, 2, 7, 0x34, 0, 0])
    full += bytes([WIDTH, 0x21, 0, 0]) * (HEIGHT - 6) + b"\0\1"
    add_rle(bits, "step", full, "a step")
    add(f"rle{bits}_cut.bmp", rle_bmp(bits, rle()[:-40]), f"RLE{bits}, cut", "ERR_IMAGE_DECODE")
    long = rle_bmp(bits, bytes([WIDTH + 1, 1]) + b"\0\1")
    add(f"rle{bits}_long.bmp", long, f"RLE{bits}, a run past its row", "ERR_IMAGE_DECODE")

# TIFF


def tiff(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **({"metadata": None} | options))
    return buffer.getvalue()


grey16, rgb8, rgb16 = noise16(40, 50), noise8(40, 50, 3), noise16(40, 50, 3)
grey8 = noise8(40, 50)
planes8, planes16 = noise8(3, 40, 50), noise16(3, 40, 50)
tile = dict(tile=(16, 16))
add("planes.tiff", tiff(planes8, photometric="rgb", planarconfig="separate"), "planes in strips")
add("planes_tiled.tiff", tiff(planes8, photometric="rgb", planarconfig="separate", **tile), "planes in tiles")
add("planes16_tiled.tiff", tiff(planes16, photometric="rgb", planarconfig="separate", **tile), "16-bit planes in tiles")
add("grey16.tiff", tiff(grey16, photometric="minisblack"), "16-bit grey")
# Where the tiles reach past the edge OpenCV 4.7 mixes rows up.
add("grey16_tiled.tiff", tiff(grey16, photometric="minisblack", **tile), "16-bit grey in tiles", "clean", "grey16.tiff")
add("grey16_tiled_fit.tiff", tiff(noise16(48, 64), photometric="minisblack", **tile), "16-bit grey in tiles that fit")
white = tiff(grey16, photometric="miniswhite", **tile)
add("grey16_tiled_white.tiff", white, "inverted 16-bit grey in tiles", "clean", "grey16_white.tiff")
add("grey16_white.tiff", tiff(grey16, photometric="miniswhite"), "inverted 16-bit grey")
for name, array, options in (
    ("grey8", grey8, dict(photometric="minisblack")),
    ("grey16", grey16, dict(photometric="minisblack")),
    ("rgb8", rgb8, dict(photometric="rgb")),
    ("rgb16", rgb16, dict(photometric="rgb")),
    ("rgb8_tiled", rgb8, dict(photometric="rgb", **tile)),
    ("rgb8_be", rgb8, dict(photometric="rgb", byteorder=">")),
    ("rgb8_zip", rgb8, dict(photometric="rgb", compression="zlib", predictor=True)),
):
    add(f"big_{name}.tiff", tiff(array, bigtiff=True, **options), f"BigTIFF, {name}")
add("two_descriptions.tiff", tiff(grey8, photometric="minisblack", description="Camera 1", metadata={}), "ImageDescription twice, not in order")
compressions = ["packbits", "lzw", "zlib", "deflate"]


def entries(data):
    """The directory of a classic little-endian TIFF."""
    at = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, at)[0]
    return at, [data[at + 2 + 12 * i : at + 14 + 12 * i] for i in range(count)]


def with_entries(data, change):
    """The same file with a directory of its own at the end."""
    _, found = entries(data)
    changed = change(found)
    directory = struct.pack("<H", len(changed)) + b"".join(changed) + bytes(4)
    return bytes(data[:4]) + struct.pack("<I", len(data)) + bytes(data[8:]) + directory


def tag_of(entry):
    return struct.unpack_from("<H", entry)[0]


def without(*tags):
    return lambda found: [entry for entry in found if tag_of(entry) not in tags]


def with_value(tag, value):
    return lambda found: [entry[:8] + struct.pack("<I", value) if tag_of(entry) == tag else entry for entry in found]


def entry(tag, kind, count, value):
    return struct.pack("<HHII", tag, kind, count, value)


def pil_tiff(array, **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="TIFF", **options)
    return buffer.getvalue()


sorted8 = tiff(rgb8, photometric="rgb", rowsperstrip=40)
strips8 = tiff(rgb8, photometric="rgb", rowsperstrip=8)
lzw = pil_tiff(rgb8, compression="tiff_lzw")
packbits = pil_tiff(rgb8, compression="packbits")
add("reversed.tiff", with_entries(sorted8, lambda found: found[::-1]), "tags in the wrong order")
add("doubled.tiff", with_entries(sorted8, lambda found: [e for e in found for _ in range(2)]), "every tag twice")
width_twice = with_entries(sorted8, lambda found: found + [entry(256, 4, 1, 9)])
add("width_twice.tiff", width_twice, "a second width: the first counts")
add("unknown_tag.tiff", with_entries(sorted8, lambda found: found + [entry(65000, 4, 1, 9)]), "a tag of the camera's own")
nul = entry(305, 2, 4, struct.unpack("<I", b"A\0B\0")[0])
add("nul_in_text.tiff", with_entries(sorted8, lambda found: found + [nul]), "a text with a NUL in it")
add("wrong_count.tiff", with_entries(sorted8, lambda found: found + [entry(296, 3, 2, 9)]), "a tag with two values for one")
add("bad_type.tiff", with_entries(sorted8, lambda found: found + [entry(306, 77, 1, 9)]), "a tag of an unknown type")
add("no_counts.tiff", with_entries(sorted8, without(279)), "one strip, its byte count missing")
add("strips.tiff", strips8, "strips")
add("no_counts_strips.tiff", with_entries(strips8, without(279)), "byte counts missing", "clean", "strips.tiff")
add("zero_count.tiff", with_entries(sorted8, with_value(279, 0)), "byte count 0")
add("small_count.tiff", with_entries(sorted8, with_value(279, 100)), "byte count too small")
add("large_count.tiff", with_entries(sorted8, with_value(279, 10**8)), "byte count larger than the file")
add("no_counts_lzw.tiff", with_entries(lzw, without(279)), "LZW, byte counts missing")
add("lzw_reversed.tiff", with_entries(lzw, lambda found: found[::-1]), "LZW, tags in the wrong order")
add("packbits_reversed.tiff", with_entries(packbits, lambda found: found[::-1]), "PackBits, tags in the wrong order")
group4 = pil_tiff(grey8 > 128, compression="group4")
add("group4_reversed.tiff", with_entries(group4, lambda found: found[::-1]), "CCITT group 4, tags in the wrong order")
jpeg_tiff = pil_tiff(smooth(40, 48, 3), compression="jpeg")
add("jpeg_reversed.tiff", with_entries(jpeg_tiff, lambda found: found[::-1]), "JPEG in TIFF, tags in the wrong order")
palette_tiff = tiff(grey8, photometric="palette", colormap=noise16(3, 256))
palette_reversed = with_entries(palette_tiff, lambda found: found[::-1])
add("palette.tiff", palette_tiff, "palette")
# OpenCV loses the palette.
add("palette_reversed.tiff", palette_reversed, "palette, tags in the wrong order", "clean", "palette.tiff")


def cut_strip(data, by):
    """The strip's data ends early: its count is smaller, and so is what can be decoded."""
    count = next(struct.unpack_from("<I", e, 8)[0] for e in entries(data)[1] if tag_of(e) == 279)
    return with_entries(with_entries(data, with_value(279, count - by)), lambda found: found[::-1])


for name, data in (("lzw", lzw), ("packbits", packbits), ("group4", group4), ("jpeg", jpeg_tiff)):
    add(f"{name}_cut.tiff", cut_strip(data, 60), f"{name}, its data ends early, tags in the wrong order", "ERR_IMAGE_DECODE")
for compression in ("group3", "tiff_ccitt", "tiff_adobe_deflate", "tiff_deflate"):
    array = grey8 > 128 if "deflate" not in compression else rgb8
    add(f"{compression}.tiff", pil_tiff(array, compression=compression), f"{compression} of Pillow")
signed = tiff(grey16.astype(np.int16), photometric="minisblack")
add("signed16.tiff", signed, "signed samples", "ERR_IMAGE_FORMAT")
add("zstd.tiff", with_entries(sorted8, with_value(259, 50000)), "zstd", "ERR_IMAGE_FORMAT")
add("lerc.tiff", with_entries(sorted8, with_value(259, 34887)), "LERC", "ERR_IMAGE_FORMAT")
add("grey32.tiff", tiff(noise16(40, 50).astype(np.uint32), photometric="minisblack"), "32-bit samples", "ERR_IMAGE_FORMAT")

# PNG: chunks beside the pixels that are wrong, and pixels that are
png = cv2.imencode(".png", noise8(HEIGHT, WIDTH, 3))[1].tobytes()


def png_chunk(kind, data, crc=None):
    checksum = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def png_with(*before, data=None, after=(), end=b""):
    head = png[8:33]
    pixels = png_chunk(b"IDAT", idat if data is None else data)
    tail = b"".join(png_chunk(*chunk) for chunk in after) + png_chunk(b"IEND", end)
    return png[:8] + head + b"".join(png_chunk(*chunk) for chunk in before) + pixels + tail


idat, at = b"", 33
while png[at + 4 : at + 8] != b"IEND":
    length = struct.unpack_from(">I", png, at)[0]
    idat += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
    at += 12 + length
for name, note, data in (
    ("text_checksum", "wrong checksum of a text", png_with((b"tEXt", b"a\0b", 1))),
    ("text", "a text without its keyword", png_with((b"tEXt", b"nokeyword" * 20))),
    ("profile", "a profile that is none", png_with((b"iCCP", b"x\0\0garbage"))),
    ("gamma", "gamma 0", png_with((b"gAMA", bytes(4)))),
    ("gamma_twice", "gamma twice", png_with((b"gAMA", b"\0\0\xb1\x8f"), (b"gAMA", b"\0\0\xb1\x8f"))),
    ("intent", "an unknown rendering intent", png_with((b"sRGB", b"\x09"))),
    ("density", "a density of two bytes", png_with((b"pHYs", b"\0\0"))),
    ("time", "a date that is none", png_with((b"tIME", b"\0\0\x0d\x20\x19\x3d\x3d"))),
    ("own_chunk", "a chunk of the camera's own", png_with((b"caMe", b"x"))),
    ("late_key", "a transparent colour behind the pixels", png_with(after=((b"tRNS", bytes(6)),))),
    ("exif", "EXIF that is none", png_with((b"eXIf", b"zz"))),
    ("bytes_behind", "bytes behind the compressed data", png_with(data=idat + b"extra bytes")),
    ("rows_behind", "more data than rows", png_with(data=zlib.compress(zlib.decompress(idat) + bytes(500)))),
    ("long_end", "bytes in the last chunk", png_with(end=b"xx")),
):
    add(f"{name}.png", data, f"PNG, {note}")
bad_adler = idat[:-1] + bytes([idat[-1] ^ 1])
add("data_checksum.png", png_with(data=bad_adler), "PNG, wrong checksum of the data", "ERR_IMAGE_DECODE")

def pil_webp(array):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="WEBP", lossless=True)
    return buffer.getvalue()


# WebP: the last chunk has an odd size and no byte to fill it up
for width in range(30, 400):
    webp = pil_webp(noise8(HEIGHT, width, 3))
    if struct.unpack_from("<I", webp, 16)[0] % 2 == 1:
        unfilled = webp[:4] + struct.pack("<I", len(webp) - 9) + webp[8:-1]
        add("unfilled.webp", unfilled, "WebP without the byte behind its last chunk")
        break

if __name__ == "__main__":
    (HERE / "pictures").mkdir(exist_ok=True)
    index = []
    for name, data, note, expect, clean in pictures:
        (HERE / "pictures" / name).write_bytes(data)
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        entry_ = {"file": f"field/pictures/{name}", "note": note, "expect": expect}
        if clean is not None:
            entry_["clean"] = f"field/pictures/{clean}"
        elif image is not None:
            entry_ |= {"width": image.shape[1], "height": image.shape[0]}
            entry_ |= {"decodedBgrSha256": hashlib.sha256(image.tobytes()).hexdigest()}
        if expect == "equal" and image is None:
            print("OpenCV refuses", name)
        index.append(entry_)
    (HERE / "index.json").write_text(json.dumps({"opencv": cv2.__version__, "pictures": index}, indent=1) + "\n")
    print(f"{len(index)} pictures")
