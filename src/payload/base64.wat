;; Base64 of the standard alphabet, sixteen characters at a time, in place: twelve bytes come of sixteen, so that what is
;; written never overtakes what is still to be read.
;; Algorithm: Wojciech Muła, Daniel Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions", ACM Transactions
;; on the Web 12(3), 2018, §5: two lookups tell the characters that are none, a third what to add to the others.
;; Constants lie in the memory's first 128 bytes and are loaded before the loop: V8 makes those that are written out anew
;; each time they are used.
(module
  (import "env" "memory" (memory 1 256 shared))

  (data (i32.const 0)
    "\15\11\11\11\11\11\11\11\11\11\13\1a\1b\1b\1b\1a" ;; bad by the lower half
    "\10\10\01\02\04\08\04\08\10\10\10\10\10\10\10\10" ;; bad by the upper half
    "\00\10\13\04\bf\bf\b9\b9\00\00\00\00\00\00\00\00" ;; what to add: 16, 19, 4, -65, -65, -71, -71
    "\02\01\00\06\05\04\0a\09\08\0e\0d\0c\03\03\03\03" ;; the order of the bytes
    "\0f\0f\0f\0f" ;; a half
    "\2f\2f\2f\2f" ;; "/"
    "\ff\00\ff\00" ;; the first of two bytes
    "\00\10\01\00") ;; 4096 and 1

  ;; Decodes `count` characters at byte 128, a multiple of sixteen, none of them padding, to where they are. 0: one is not
  ;; base64.
  (func (export "decode") (param $count i32) (result i32)
    (local $in i32) (local $out i32) (local $end i32) (local $text v128) (local $high v128) (local $bad v128)
    (local $badByLow v128) (local $badByHigh v128) (local $shift v128) (local $order v128)
    (local $half v128) (local $slash v128) (local $first v128) (local $pairs v128)
    (local.set $badByLow (v128.load (i32.const 0)))
    (local.set $badByHigh (v128.load (i32.const 16)))
    (local.set $shift (v128.load (i32.const 32)))
    (local.set $order (v128.load (i32.const 48)))
    (local.set $half (v128.load32_splat (i32.const 64)))
    (local.set $slash (v128.load32_splat (i32.const 68)))
    (local.set $first (v128.load32_splat (i32.const 72)))
    (local.set $pairs (v128.load32_splat (i32.const 76)))
    (local.set $in (i32.const 128))
    (local.set $out (i32.const 128))
    (local.set $end (i32.add (local.get $in) (local.get $count)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $in) (local.get $end)))
        (local.set $text (v128.load (local.get $in)))
        (local.set $high (v128.and (i16x8.shr_u (local.get $text) (i32.const 4)) (local.get $half)))
        (local.set $bad
          (v128.or
            (local.get $bad)
            (v128.and
              (i8x16.swizzle (local.get $badByLow) (v128.and (local.get $text) (local.get $half)))
              (i8x16.swizzle (local.get $badByHigh) (local.get $high)))))
        ;; Six bits in every byte; "/" shares its upper half with the digits and has a place of its own.
        (local.set $text
          (i8x16.add
            (local.get $text)
            (i8x16.swizzle
              (local.get $shift)
              (i8x16.add (i8x16.eq (local.get $text) (local.get $slash)) (local.get $high)))))
        ;; Pairs of them to twelve bits, pairs of those to 24 bits, whose bytes lie the wrong way round.
        (local.set $text
          (i32x4.dot_i16x8_s
            (v128.or
              (i16x8.shl (v128.and (local.get $text) (local.get $first)) (i32.const 6))
              (i16x8.shr_u (local.get $text) (i32.const 8)))
            (local.get $pairs)))
        (v128.store (local.get $out) (i8x16.swizzle (local.get $text) (local.get $order)))
        (local.set $in (i32.add (local.get $in) (i32.const 16)))
        (local.set $out (i32.add (local.get $out) (i32.const 12)))
        (br $next)))
    (i32.eqz (v128.any_true (local.get $bad)))))
