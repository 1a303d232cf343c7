;; Base64 of the standard alphabet, sixteen characters at a time, in place: twelve bytes come of sixteen, so that what is
;; written never overtakes what is still to be read.
;; Algorithm: Wojciech Muła, Daniel Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions", ACM Transactions
;; on the Web 12(3), 2018, §5: two lookups tell the characters that are none, a third what to add to the others.
(module
  (import "env" "memory" (memory 1 256 shared))

  ;; Decodes `count` characters at the memory's beginning, a multiple of sixteen, none of them padding. 0: one is not base64.
  (func (export "decode") (param $count i32) (result i32)
    (local $in i32) (local $out i32) (local $text v128) (local $high v128) (local $bad v128)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $in) (local.get $count)))
        (local.set $text (v128.load (local.get $in)))
        (local.set $high (i8x16.shr_u (local.get $text) (i32.const 4)))
        (local.set $bad
          (v128.or
            (local.get $bad)
            (v128.and
              (i8x16.swizzle
                (v128.const i8x16 0x15 0x11 0x11 0x11 0x11 0x11 0x11 0x11 0x11 0x11 0x13 0x1a 0x1b 0x1b 0x1b 0x1a)
                (v128.and (local.get $text) (i8x16.splat (i32.const 0x0f))))
              (i8x16.swizzle
                (v128.const i8x16 0x10 0x10 0x01 0x02 0x04 0x08 0x04 0x08 0x10 0x10 0x10 0x10 0x10 0x10 0x10 0x10)
                (local.get $high)))))
        ;; Six bits in every byte; "/" shares its upper half with the digits and has a place of its own.
        (local.set $text
          (i8x16.add
            (local.get $text)
            (i8x16.swizzle
              (v128.const i8x16 0 16 19 4 -65 -65 -71 -71 0 0 0 0 0 0 0 0)
              (i8x16.add
                (i8x16.eq (local.get $text) (i8x16.splat (i32.const 0x2f)))
                (local.get $high)))))
        ;; Pairs of them to twelve bits, pairs of those to 24 bits, whose bytes lie the wrong way round.
        (local.set $text
          (i32x4.dot_i16x8_s
            (v128.or
              (i16x8.shl (v128.and (local.get $text) (v128.const i16x8 0xff 0xff 0xff 0xff 0xff 0xff 0xff 0xff)) (i32.const 6))
              (i16x8.shr_u (local.get $text) (i32.const 8)))
            (v128.const i16x8 4096 1 4096 1 4096 1 4096 1)))
        (v128.store
          (local.get $out)
          (i8x16.shuffle 2 1 0 6 5 4 10 9 8 14 13 12 3 3 3 3 (local.get $text) (local.get $text)))
        (local.set $in (i32.add (local.get $in) (i32.const 16)))
        (local.set $out (i32.add (local.get $out) (i32.const 12)))
        (br $next)))
    (i32.eqz (v128.any_true (local.get $bad)))))
