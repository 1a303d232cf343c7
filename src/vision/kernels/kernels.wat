;; The inner loops of the picture path in WebAssembly SIMD. Each computes, byte for byte, what the plain version beside
;; this folder does; one contract suite holds both. Pointers are byte offsets in the imported memory; sizes are in pixels.
;; Loops store whole vectors, so every output needs the slack that pixel-memory.ts gives: up to 16 bytes behind its end
;; are overwritten.
(module
  (import "env" "memory" (memory 1 1024 shared))

  ;; One target row of `resize`, three channels: both source rows are interpolated and blended at once, two pixels a step.
  ;;   upper, lower   the two source rows
  ;;   offsets        i32 for each target pixel: the first source pixel's offset in bytes; the second follows it
  ;;   weights        i32 for each target pixel: the first weight | the second << 16, in 1/2048
  ;;   row            i32: the upper row's weight and the lower's, in 1/2048, and twice 2 as i16
  ;; Tables are padded to an even number. Reads 11 bytes at each source position. Both pixels are written out, as V8 does not
  ;; inline calls; what stays the same is loaded before the loop, as V8 makes constants anew each time they are used.
  (func (export "resizeRow3")
    (param $upper i32) (param $lower i32) (param $offsets i32) (param $weights i32)
    (param $row i32) (param $count i32) (param $out i32)
    (local $end i32) (local $at i32) (local $w v128) (local $uw v128) (local $lw v128) (local $two v128)
    (local $a v128) (local $b v128)
    (local.set $uw (v128.load32_splat (local.get $row)))
    (local.set $lw (v128.load32_splat offset=4 (local.get $row)))
    (local.set $two (v128.load32_splat offset=8 (local.get $row)))
    (local.set $end (i32.add (local.get $offsets) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $offsets) (local.get $end)))
        ;; Two neighbouring B G R pixels, paired by channel as i16: B B' G G' R R', times their weights, in 1/128; these,
        ;; which fit into the lower half of their i32, times the row's weight. Each row's product is cut to its upper 16 bits
        ;; on its own, as OpenCV does.
        (local.set $at (i32.load (local.get $offsets)))
        (local.set $w (v128.load32_splat (local.get $weights)))
        (local.set $a
          (i32x4.add
            (i32x4.shr_s
              (i32x4.dot_i16x8_s
                (i32x4.shr_s
                  (i32x4.dot_i16x8_s
                    (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23
                      (v128.load8x8_u (i32.add (local.get $upper) (local.get $at)))
                      (v128.load8x8_u offset=3 (i32.add (local.get $upper) (local.get $at))))
                    (local.get $w))
                  (i32.const 4))
                (local.get $uw))
              (i32.const 16))
            (i32x4.shr_s
              (i32x4.dot_i16x8_s
                (i32x4.shr_s
                  (i32x4.dot_i16x8_s
                    (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23
                      (v128.load8x8_u (i32.add (local.get $lower) (local.get $at)))
                      (v128.load8x8_u offset=3 (i32.add (local.get $lower) (local.get $at))))
                    (local.get $w))
                  (i32.const 4))
                (local.get $lw))
              (i32.const 16))))
        (local.set $at (i32.load offset=4 (local.get $offsets)))
        (local.set $w (v128.load32_splat offset=4 (local.get $weights)))
        (local.set $b
          (i32x4.add
            (i32x4.shr_s
              (i32x4.dot_i16x8_s
                (i32x4.shr_s
                  (i32x4.dot_i16x8_s
                    (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23
                      (v128.load8x8_u (i32.add (local.get $upper) (local.get $at)))
                      (v128.load8x8_u offset=3 (i32.add (local.get $upper) (local.get $at))))
                    (local.get $w))
                  (i32.const 4))
                (local.get $uw))
              (i32.const 16))
            (i32x4.shr_s
              (i32x4.dot_i16x8_s
                (i32x4.shr_s
                  (i32x4.dot_i16x8_s
                    (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23
                      (v128.load8x8_u (i32.add (local.get $lower) (local.get $at)))
                      (v128.load8x8_u offset=3 (i32.add (local.get $lower) (local.get $at))))
                    (local.get $w))
                  (i32.const 4))
                (local.get $lw))
              (i32.const 16))))
        (local.set $a
          (i16x8.shr_s
            (i16x8.add (i16x8.narrow_i32x4_s (local.get $a) (local.get $b)) (local.get $two))
            (i32.const 2)))
        (local.set $a (i8x16.narrow_i16x8_u (local.get $a) (local.get $a)))
        (v128.store32_lane 0 (local.get $out) (local.get $a))
        (v128.store32_lane offset=3 1 (local.get $out) (local.get $a))
        (local.set $offsets (i32.add (local.get $offsets) (i32.const 8)))
        (local.set $weights (i32.add (local.get $weights) (i32.const 8)))
        (local.set $out (i32.add (local.get $out) (i32.const 6)))
        (br $next))))

  ;; The same with one channel, four target pixels at a time: tables are padded to a multiple of four.
  (func (export "resizeRow1")
    (param $upper i32) (param $lower i32) (param $offsets i32) (param $weights i32)
    (param $row i32) (param $count i32) (param $out i32)
    (local $end i32) (local $w v128) (local $uw v128) (local $lw v128) (local $two v128)
    (local $u v128) (local $l v128) (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local.set $uw (v128.load32_splat (local.get $row)))
    (local.set $lw (v128.load32_splat offset=4 (local.get $row)))
    (local.set $two (v128.load32_splat offset=8 (local.get $row)))
    (local.set $end (i32.add (local.get $offsets) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $offsets) (local.get $end)))
        (local.set $w (v128.load (local.get $weights)))
        (local.set $a (i32.load (local.get $offsets)))
        (local.set $b (i32.load offset=4 (local.get $offsets)))
        (local.set $c (i32.load offset=8 (local.get $offsets)))
        (local.set $d (i32.load offset=12 (local.get $offsets)))
        (local.set $u (v128.load16_splat (i32.add (local.get $upper) (local.get $a))))
        (local.set $u (v128.load16_lane 1 (i32.add (local.get $upper) (local.get $b)) (local.get $u)))
        (local.set $u (v128.load16_lane 2 (i32.add (local.get $upper) (local.get $c)) (local.get $u)))
        (local.set $u (v128.load16_lane 3 (i32.add (local.get $upper) (local.get $d)) (local.get $u)))
        (local.set $l (v128.load16_splat (i32.add (local.get $lower) (local.get $a))))
        (local.set $l (v128.load16_lane 1 (i32.add (local.get $lower) (local.get $b)) (local.get $l)))
        (local.set $l (v128.load16_lane 2 (i32.add (local.get $lower) (local.get $c)) (local.get $l)))
        (local.set $l (v128.load16_lane 3 (i32.add (local.get $lower) (local.get $d)) (local.get $l)))
        (local.set $u
          (i32x4.shr_s
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $u)) (local.get $w))
            (i32.const 4)))
        (local.set $l
          (i32x4.shr_s
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $l)) (local.get $w))
            (i32.const 4)))
        (local.set $u
          (i32x4.add
            (i32x4.shr_s (i32x4.dot_i16x8_s (local.get $u) (local.get $uw)) (i32.const 16))
            (i32x4.shr_s (i32x4.dot_i16x8_s (local.get $l) (local.get $lw)) (i32.const 16))))
        (local.set $u (i16x8.narrow_i32x4_s (local.get $u) (local.get $u)))
        (local.set $u (i16x8.shr_s (i16x8.add (local.get $u) (local.get $two)) (i32.const 2)))
        (v128.store32_lane 0 (local.get $out) (i8x16.narrow_i16x8_u (local.get $u) (local.get $u)))
        (local.set $offsets (i32.add (local.get $offsets) (i32.const 16)))
        (local.set $weights (i32.add (local.get $weights) (i32.const 16)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (br $next))))

  ;; One target row of exactly half the size, three channels: the mean of two by two pixels, which is what resizeRow3 gives where
  ;; all weights are 1/2.
  ;;   row   as for resizeRow3; only its third number is read
  (func (export "halveRow3")
    (param $upper i32) (param $lower i32) (param $row i32) (param $count i32) (param $out i32)
    (local $two v128) (local $a v128) (local $b v128) (local $c v128)
    (local.set $two (v128.load32_splat offset=8 (local.get $row)))
    (block $vectors
      (loop $next
        (br_if $vectors (i32.lt_u (local.get $count) (i32.const 8)))
        ;; Of 16 source pixels the 24 sums of neighbours, eight at a time.
        (local.set $a
          (i16x8.shr_u
            (i16x8.add
              (i16x8.add
                (i16x8.extadd_pairwise_i8x16_u
                  (i8x16.shuffle 0 3 1 4 2 5 6 9 7 10 8 11 12 15 13 24
                    (v128.load (local.get $upper))
                    (v128.load offset=8 (local.get $upper))))
                (i16x8.extadd_pairwise_i8x16_u
                  (i8x16.shuffle 0 3 1 4 2 5 6 9 7 10 8 11 12 15 13 24
                    (v128.load (local.get $lower))
                    (v128.load offset=8 (local.get $lower)))))
              (local.get $two))
            (i32.const 2)))
        (local.set $b
          (i16x8.shr_u
            (i16x8.add
              (i16x8.add
                (i16x8.extadd_pairwise_i8x16_u
                  (i8x16.shuffle 0 3 4 7 5 8 6 9 10 13 11 14 12 15 28 31
                    (v128.load offset=14 (local.get $upper))
                    (v128.load offset=18 (local.get $upper))))
                (i16x8.extadd_pairwise_i8x16_u
                  (i8x16.shuffle 0 3 4 7 5 8 6 9 10 13 11 14 12 15 28 31
                    (v128.load offset=14 (local.get $lower))
                    (v128.load offset=18 (local.get $lower)))))
              (local.get $two))
            (i32.const 2)))
        (local.set $c
          (i16x8.shr_u
            (i16x8.add
              (i16x8.add
                (i16x8.extadd_pairwise_i8x16_u
                  (i8x16.shuffle 0 3 1 4 5 8 6 9 7 10 11 14 12 15 13 31
                    (v128.load offset=31 (local.get $upper))
                    (v128.load offset=32 (local.get $upper))))
                (i16x8.extadd_pairwise_i8x16_u
                  (i8x16.shuffle 0 3 1 4 5 8 6 9 7 10 11 14 12 15 13 31
                    (v128.load offset=31 (local.get $lower))
                    (v128.load offset=32 (local.get $lower)))))
              (local.get $two))
            (i32.const 2)))
        (v128.store (local.get $out) (i8x16.narrow_i16x8_u (local.get $a) (local.get $b)))
        (v128.store64_lane offset=16 0 (local.get $out) (i8x16.narrow_i16x8_u (local.get $c) (local.get $c)))
        (local.set $upper (i32.add (local.get $upper) (i32.const 48)))
        (local.set $lower (i32.add (local.get $lower) (i32.const 48)))
        (local.set $out (i32.add (local.get $out) (i32.const 24)))
        (local.set $count (i32.sub (local.get $count) (i32.const 8)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (i32.store8 (local.get $out)
          (i32.shr_u
            (i32.add
              (i32.add
                (i32.add (i32.load8_u (local.get $upper)) (i32.load8_u offset=3 (local.get $upper)))
                (i32.add (i32.load8_u (local.get $lower)) (i32.load8_u offset=3 (local.get $lower))))
              (i32.const 2))
            (i32.const 2)))
        (i32.store8 offset=1 (local.get $out)
          (i32.shr_u
            (i32.add
              (i32.add
                (i32.add (i32.load8_u offset=1 (local.get $upper)) (i32.load8_u offset=4 (local.get $upper)))
                (i32.add (i32.load8_u offset=1 (local.get $lower)) (i32.load8_u offset=4 (local.get $lower))))
              (i32.const 2))
            (i32.const 2)))
        (i32.store8 offset=2 (local.get $out)
          (i32.shr_u
            (i32.add
              (i32.add
                (i32.add (i32.load8_u offset=2 (local.get $upper)) (i32.load8_u offset=5 (local.get $upper)))
                (i32.add (i32.load8_u offset=2 (local.get $lower)) (i32.load8_u offset=5 (local.get $lower))))
              (i32.const 2))
            (i32.const 2)))
        (local.set $upper (i32.add (local.get $upper) (i32.const 6)))
        (local.set $lower (i32.add (local.get $lower) (i32.const 6)))
        (local.set $out (i32.add (local.get $out) (i32.const 3)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))

  ;; Planes of a JPEG at another size: colours are upsampled and converted where the resize looks. Four target pixels a step,
  ;; each made of two neighbours, so that eight lanes are both neighbours of the first pixel, of the second, and so on.
  ;;   table   for each four pixels: i32 × 4, where the neighbours lie in a row of luma; i32 × 4, where the four samples of a row of
  ;;           colour begin that are read; 16 bytes, which of those 4 × 4 are nearest to the neighbours and which come next;
  ;;           i16 × 8, what is added before 1/16 is taken; i16 × 8, the weights of the neighbours in 1/2048

  ;; One row of both colours, smoothed along the row: three times the nearest sample and the next one.
  ;;   out   for each four pixels i16 × 8 of blue (Cb), then of red (Cr)
  (func (export "chromaRow")
    (param $blue i32) (param $red i32) (param $table i32) (param $constants i32) (param $count i32) (param $out i32)
    (local $end i32) (local $a v128) (local $mask v128) (local $three v128)
    (local.set $three (v128.load16_splat (local.get $constants)))
    (local.set $end (i32.add (local.get $table) (i32.mul (local.get $count) (i32.const 80))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $table) (local.get $end)))
        (local.set $mask (v128.load offset=32 (local.get $table)))
        (local.set $a (v128.load32_zero (i32.add (local.get $blue) (i32.load offset=16 (local.get $table)))))
        (local.set $a
          (v128.load32_lane 1 (i32.add (local.get $blue) (i32.load offset=20 (local.get $table))) (local.get $a)))
        (local.set $a
          (v128.load32_lane 2 (i32.add (local.get $blue) (i32.load offset=24 (local.get $table))) (local.get $a)))
        (local.set $a
          (v128.load32_lane 3 (i32.add (local.get $blue) (i32.load offset=28 (local.get $table))) (local.get $a)))
        (local.set $a (i8x16.swizzle (local.get $a) (local.get $mask)))
        (v128.store (local.get $out)
          (i16x8.add
            (i16x8.mul (i16x8.extend_low_i8x16_u (local.get $a)) (local.get $three))
            (i16x8.extend_high_i8x16_u (local.get $a))))
        (local.set $a (v128.load32_zero (i32.add (local.get $red) (i32.load offset=16 (local.get $table)))))
        (local.set $a
          (v128.load32_lane 1 (i32.add (local.get $red) (i32.load offset=20 (local.get $table))) (local.get $a)))
        (local.set $a
          (v128.load32_lane 2 (i32.add (local.get $red) (i32.load offset=24 (local.get $table))) (local.get $a)))
        (local.set $a
          (v128.load32_lane 3 (i32.add (local.get $red) (i32.load offset=28 (local.get $table))) (local.get $a)))
        (local.set $a (i8x16.swizzle (local.get $a) (local.get $mask)))
        (v128.store offset=16 (local.get $out)
          (i16x8.add
            (i16x8.mul (i16x8.extend_low_i8x16_u (local.get $a)) (local.get $three))
            (i16x8.extend_high_i8x16_u (local.get $a))))
        (local.set $table (i32.add (local.get $table) (i32.const 80)))
        (local.set $out (i32.add (local.get $out) (i32.const 32)))
        (br $next))))

  ;; One row of the picture at the target's width.
  ;;   near, far   what chromaRow made of the rows of colour that are nearest and next to this row
  ;;   constants   i16: 3, 128, 255, then of the conversion -7471, 13172; i16 × 2: -11277 and 9367; i32: 16384
  ;;   out         for each four pixels i16 × 12, in 1/128: B, G, R of four pixels each
  (func (export "planesRow")
    (param $luma i32) (param $near i32) (param $far i32)
    (param $table i32) (param $constants i32) (param $count i32) (param $out i32)
    (local $end i32) (local $y v128) (local $rounding v128) (local $weights v128) (local $blue v128) (local $red v128)
    (local $three v128) (local $middle v128) (local $white v128) (local $zero v128)
    (local $toBlue v128) (local $toRed v128) (local $toGreen v128) (local $half v128)
    (local.set $three (v128.load16_splat (local.get $constants)))
    (local.set $middle (v128.load16_splat offset=2 (local.get $constants)))
    (local.set $white (v128.load16_splat offset=4 (local.get $constants)))
    (local.set $toBlue (v128.load16_splat offset=6 (local.get $constants)))
    (local.set $toRed (v128.load16_splat offset=8 (local.get $constants)))
    (local.set $toGreen (v128.load32_splat offset=12 (local.get $constants)))
    (local.set $half (v128.load32_splat offset=16 (local.get $constants)))
    (local.set $end (i32.add (local.get $table) (i32.mul (local.get $count) (i32.const 80))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $table) (local.get $end)))
        (local.set $rounding (v128.load offset=48 (local.get $table)))
        (local.set $weights (v128.load offset=64 (local.get $table)))
        (local.set $y (v128.load16_splat (i32.add (local.get $luma) (i32.load offset=0 (local.get $table)))))
        (local.set $y
          (v128.load16_lane 1 (i32.add (local.get $luma) (i32.load offset=4 (local.get $table))) (local.get $y)))
        (local.set $y
          (v128.load16_lane 2 (i32.add (local.get $luma) (i32.load offset=8 (local.get $table))) (local.get $y)))
        (local.set $y
          (v128.load16_lane 3 (i32.add (local.get $luma) (i32.load offset=12 (local.get $table))) (local.get $y)))
        (local.set $y (i16x8.extend_low_i8x16_u (local.get $y)))
        (local.set $blue
          (i16x8.sub
            (i16x8.shr_u
              (i16x8.add
                (i16x8.add
                  (i16x8.mul (v128.load (local.get $near)) (local.get $three))
                  (v128.load (local.get $far)))
                (local.get $rounding))
              (i32.const 4))
            (local.get $middle)))
        (local.set $red
          (i16x8.sub
            (i16x8.shr_u
              (i16x8.add
                (i16x8.add
                  (i16x8.mul (v128.load offset=16 (local.get $near)) (local.get $three))
                  (v128.load offset=16 (local.get $far)))
                (local.get $rounding))
              (i32.const 4))
            (local.get $middle)))
        ;; Products by 16 bits are exact for blue and, as all 256 values show, for red; green needs both in one rounding.
        (v128.store (local.get $out)
          (i16x8.narrow_i32x4_s
            (i32x4.shr_s
              (i32x4.dot_i16x8_s
                (i16x8.min_s
                  (i16x8.max_s
                    (i16x8.add (local.get $y) (i16x8.add
                      (i16x8.shl (local.get $blue) (i32.const 1))
                      (i16x8.q15mulr_sat_s (local.get $blue) (local.get $toBlue))))
                    (local.get $zero))
                  (local.get $white))
                (local.get $weights))
              (i32.const 4))
            (i32x4.shr_s
              (i32x4.dot_i16x8_s
                (i16x8.min_s
                  (i16x8.max_s
                    (i16x8.add (local.get $y) (i16x8.sub
                      (i16x8.narrow_i32x4_s
                        (i32x4.shr_s
                          (i32x4.add
                            (i32x4.dot_i16x8_s
                              (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23 (local.get $blue) (local.get $red))
                              (local.get $toGreen))
                            (local.get $half))
                          (i32.const 15))
                        (i32x4.shr_s
                          (i32x4.add
                            (i32x4.dot_i16x8_s
                              (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31 (local.get $blue) (local.get $red))
                              (local.get $toGreen))
                            (local.get $half))
                          (i32.const 15)))
                      (local.get $red)))
                    (local.get $zero))
                  (local.get $white))
                (local.get $weights))
              (i32.const 4))))
        (local.set $red
            (i32x4.shr_s
              (i32x4.dot_i16x8_s
                (i16x8.min_s
                  (i16x8.max_s
                    (i16x8.add (local.get $y) (i16x8.add (local.get $red) (i16x8.q15mulr_sat_s (local.get $red) (local.get $toRed))))
                    (local.get $zero))
                  (local.get $white))
                (local.get $weights))
              (i32.const 4)))
        (v128.store64_lane offset=16 0 (local.get $out) (i16x8.narrow_i32x4_s (local.get $red) (local.get $red)))
        (local.set $table (i32.add (local.get $table) (i32.const 80)))
        (local.set $near (i32.add (local.get $near) (i32.const 32)))
        (local.set $far (i32.add (local.get $far) (i32.const 32)))
        (local.set $out (i32.add (local.get $out) (i32.const 24)))
        (br $next))))

  ;; Two of those rows as one row of B, G, R, four pixels a step; up to 13 bytes behind the last pixel are overwritten.
  ;;   row   as for resizeRow3
  (func (export "blendPlanes")
    (param $upper i32) (param $lower i32) (param $row i32) (param $count i32) (param $out i32)
    (local $end i32) (local $uw v128) (local $lw v128) (local $two v128) (local $a v128) (local $b v128)
    (local.set $uw (v128.load16_splat (local.get $row)))
    (local.set $lw (v128.load16_splat offset=4 (local.get $row)))
    (local.set $two (v128.load16_splat offset=8 (local.get $row)))
    (local.set $end (i32.add (local.get $upper) (i32.mul (local.get $count) (i32.const 24))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $upper) (local.get $end)))
        (local.set $a
          (i16x8.narrow_i32x4_s
            (i32x4.add
              (i32x4.shr_s
                (i32x4.extmul_low_i16x8_s (v128.load (local.get $upper)) (local.get $uw)) (i32.const 16))
              (i32x4.shr_s
                (i32x4.extmul_low_i16x8_s (v128.load (local.get $lower)) (local.get $lw)) (i32.const 16)))
            (i32x4.add
              (i32x4.shr_s
                (i32x4.extmul_high_i16x8_s (v128.load (local.get $upper)) (local.get $uw)) (i32.const 16))
              (i32x4.shr_s
                (i32x4.extmul_high_i16x8_s (v128.load (local.get $lower)) (local.get $lw)) (i32.const 16)))))
        (local.set $b
          (i32x4.add
            (i32x4.shr_s
              (i32x4.extmul_low_i16x8_s (v128.load64_zero offset=16 (local.get $upper)) (local.get $uw)) (i32.const 16))
            (i32x4.shr_s
              (i32x4.extmul_low_i16x8_s (v128.load64_zero offset=16 (local.get $lower)) (local.get $lw)) (i32.const 16))))
        (local.set $b (i16x8.narrow_i32x4_s (local.get $b) (local.get $b)))
        (local.set $a
          (i8x16.narrow_i16x8_u
            (i16x8.shr_s (i16x8.add (local.get $a) (local.get $two)) (i32.const 2))
            (i16x8.shr_s (i16x8.add (local.get $b) (local.get $two)) (i32.const 2))))
        (v128.store (local.get $out)
          (i8x16.shuffle 0 4 8 1 5 9 2 6 10 3 7 11 12 13 14 15 (local.get $a) (local.get $a)))
        (local.set $upper (i32.add (local.get $upper) (i32.const 24)))
        (local.set $lower (i32.add (local.get $lower) (i32.const 24)))
        (local.set $out (i32.add (local.get $out) (i32.const 12)))
        (br $next))))

  ;; One source row of the antialiased resize, three channels: for each target pixel the sum of its source pixels times their
  ;; weights, rounded to a byte. Weights of 22 bits come as two halves of 11, which `dot` takes: (sum of p × high << 11) + sum of
  ;; p × low is exact.
  ;;   row      the source row
  ;;   table    for each target pixel: i32 offset in bytes of the first source pixel, i32 number of groups; then for each group of
  ;;            four source pixels eight i16: the upper halves of pixels 0 1, of 2 3, the lower halves of 0 1, of 2 3
  ;;   constants  i8x16 that takes B B' G G' R R' of pixels 0 1 as i16, i8x16 that takes those of pixels 2 3, i32x4 of 1 << 21
  ;; A group reads 16 bytes.
  (func (export "blendRow3")
    (param $row i32) (param $table i32) (param $constants i32) (param $count i32) (param $out i32)
    (local $end i32) (local $from i32) (local $groups i32) (local $v v128) (local $a v128) (local $b v128)
    (local $high v128) (local $low v128) (local $first v128) (local $second v128) (local $half v128)
    (local.set $first (v128.load (local.get $constants)))
    (local.set $second (v128.load offset=16 (local.get $constants)))
    (local.set $half (v128.load offset=32 (local.get $constants)))
    (local.set $end (i32.add (local.get $out) (i32.mul (local.get $count) (i32.const 3))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $from (i32.add (local.get $row) (i32.load (local.get $table))))
        (local.set $groups (i32.load offset=4 (local.get $table)))
        (local.set $table (i32.add (local.get $table) (i32.const 8)))
        (local.set $low (local.get $half))
        (local.set $high (i32x4.sub (local.get $half) (local.get $half)))
        (loop $group
          (local.set $v (v128.load (local.get $from)))
          (local.set $a (i8x16.swizzle (local.get $v) (local.get $first)))
          (local.set $b (i8x16.swizzle (local.get $v) (local.get $second)))
          (local.set $high
            (i32x4.add (local.get $high)
              (i32x4.add
                (i32x4.dot_i16x8_s (local.get $a) (v128.load32_splat (local.get $table)))
                (i32x4.dot_i16x8_s (local.get $b) (v128.load32_splat offset=4 (local.get $table))))))
          (local.set $low
            (i32x4.add (local.get $low)
              (i32x4.add
                (i32x4.dot_i16x8_s (local.get $a) (v128.load32_splat offset=8 (local.get $table)))
                (i32x4.dot_i16x8_s (local.get $b) (v128.load32_splat offset=12 (local.get $table))))))
          (local.set $from (i32.add (local.get $from) (i32.const 12)))
          (local.set $table (i32.add (local.get $table) (i32.const 16)))
          (local.set $groups (i32.sub (local.get $groups) (i32.const 1)))
          (br_if $group (local.get $groups)))
        (local.set $v
          (i32x4.shr_s
            (i32x4.add (i32x4.shl (local.get $high) (i32.const 11)) (local.get $low))
            (i32.const 22)))
        (local.set $v (i16x8.narrow_i32x4_s (local.get $v) (local.get $v)))
        (v128.store32_lane 0 (local.get $out) (i8x16.narrow_i16x8_u (local.get $v) (local.get $v)))
        (local.set $out (i32.add (local.get $out) (i32.const 3)))
        (br $next))))

  ;; The same with one channel: groups of eight source pixels, eight i16 of upper halves and eight of lower ones.
  (func (export "blendRow1")
    (param $row i32) (param $table i32) (param $constants i32) (param $count i32) (param $out i32)
    (local $end i32) (local $from i32) (local $groups i32) (local $v v128) (local $high v128) (local $low v128)
    (local.set $end (i32.add (local.get $out) (local.get $count)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $from (i32.add (local.get $row) (i32.load (local.get $table))))
        (local.set $groups (i32.load offset=4 (local.get $table)))
        (local.set $table (i32.add (local.get $table) (i32.const 8)))
        (local.set $high (i32x4.splat (i32.const 0)))
        (local.set $low (local.get $high))
        (loop $group
          (local.set $v (v128.load8x8_u (local.get $from)))
          (local.set $high
            (i32x4.add (local.get $high) (i32x4.dot_i16x8_s (local.get $v) (v128.load (local.get $table)))))
          (local.set $low
            (i32x4.add (local.get $low) (i32x4.dot_i16x8_s (local.get $v) (v128.load offset=16 (local.get $table)))))
          (local.set $from (i32.add (local.get $from) (i32.const 8)))
          (local.set $table (i32.add (local.get $table) (i32.const 32)))
          (local.set $groups (i32.sub (local.get $groups) (i32.const 1)))
          (br_if $group (local.get $groups)))
        (local.set $v (i32x4.add (i32x4.shl (local.get $high) (i32.const 11)) (local.get $low)))
        (i32.store8 (local.get $out)
          (i32.shr_s
            (i32.add
              (i32.add
                (i32.add (i32x4.extract_lane 0 (local.get $v)) (i32x4.extract_lane 1 (local.get $v)))
                (i32.add (i32x4.extract_lane 2 (local.get $v)) (i32x4.extract_lane 3 (local.get $v))))
              (i32.const 2097152))
            (i32.const 22)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (br $next))))

  ;; One target row of the antialiased resize, of rows that blendRow3 or blendRow1 made.
  ;;   rows     the first of them
  ;;   stride   bytes from one to the next
  ;;   table    i32 number of pairs of rows; then for each pair four i16: the upper halves of both weights, the lower halves
  ;;   half     i32x4 of 1 << 21
  ;;   count    bytes of a row; reads and writes a multiple of eight
  (func (export "blendRows")
    (param $rows i32) (param $stride i32) (param $table i32) (param $half i32) (param $count i32) (param $out i32)
    (local $end i32) (local $from i32) (local $at i32) (local $pairs i32) (local $zero v128) (local $start v128)
    (local $a v128) (local $b v128) (local $both v128) (local $high v128) (local $low v128)
    (local $leftHigh v128) (local $leftLow v128) (local $rightHigh v128) (local $rightLow v128)
    (local.set $start (v128.load (local.get $half)))
    (local.set $zero (i32x4.sub (local.get $start) (local.get $start)))
    (local.set $end (i32.add (local.get $out) (local.get $count)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $from (local.get $rows))
        (local.set $pairs (i32.load (local.get $table)))
        (local.set $at (i32.add (local.get $table) (i32.const 4)))
        (local.set $leftHigh (local.get $zero))
        (local.set $rightHigh (local.get $zero))
        (local.set $leftLow (local.get $start))
        (local.set $rightLow (local.get $start))
        (loop $pair
          (local.set $a (v128.load8x8_u (local.get $from)))
          (local.set $b (v128.load8x8_u (i32.add (local.get $from) (local.get $stride))))
          (local.set $high (v128.load32_splat (local.get $at)))
          (local.set $low (v128.load32_splat offset=4 (local.get $at)))
          (local.set $both
            (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23 (local.get $a) (local.get $b)))
          (local.set $leftHigh (i32x4.add (local.get $leftHigh) (i32x4.dot_i16x8_s (local.get $both) (local.get $high))))
          (local.set $leftLow (i32x4.add (local.get $leftLow) (i32x4.dot_i16x8_s (local.get $both) (local.get $low))))
          (local.set $both
            (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31 (local.get $a) (local.get $b)))
          (local.set $rightHigh (i32x4.add (local.get $rightHigh) (i32x4.dot_i16x8_s (local.get $both) (local.get $high))))
          (local.set $rightLow (i32x4.add (local.get $rightLow) (i32x4.dot_i16x8_s (local.get $both) (local.get $low))))
          (local.set $from (i32.add (local.get $from) (i32.shl (local.get $stride) (i32.const 1))))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (local.set $pairs (i32.sub (local.get $pairs) (i32.const 1)))
          (br_if $pair (local.get $pairs)))
        (local.set $a
          (i16x8.narrow_i32x4_s
            (i32x4.shr_s (i32x4.add (i32x4.shl (local.get $leftHigh) (i32.const 11)) (local.get $leftLow)) (i32.const 22))
            (i32x4.shr_s (i32x4.add (i32x4.shl (local.get $rightHigh) (i32.const 11)) (local.get $rightLow)) (i32.const 22))))
        (v128.store64_lane 0 (local.get $out) (i8x16.narrow_i16x8_u (local.get $a) (local.get $a)))
        (local.set $rows (i32.add (local.get $rows) (i32.const 8)))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (br $next))))

  ;; Interleaved B G R → three planes, one after the other: plane k begins at out + k × count.
  (func (export "toPlanes") (param $from i32) (param $count i32) (param $out i32)
    (local $left i32) (local $a v128) (local $b v128) (local $c v128) (local $green i32) (local $red i32)
    (local.set $green (i32.add (local.get $out) (local.get $count)))
    (local.set $red (i32.add (local.get $green) (local.get $count)))
    (local.set $left (local.get $count))
    (block $vectors
      (loop $next
        (br_if $vectors (i32.lt_u (local.get $left) (i32.const 16)))
        (local.set $a (v128.load (local.get $from)))
        (local.set $b (v128.load offset=16 (local.get $from)))
        (local.set $c (v128.load offset=32 (local.get $from)))
        (v128.store (local.get $out)
          (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 17 20 23 26 29
            (i8x16.shuffle 0 3 6 9 12 15 18 21 24 27 30 0 0 0 0 0 (local.get $a) (local.get $b))
            (local.get $c)))
        (v128.store (local.get $green)
          (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 18 21 24 27 30
            (i8x16.shuffle 1 4 7 10 13 16 19 22 25 28 31 0 0 0 0 0 (local.get $a) (local.get $b))
            (local.get $c)))
        (v128.store (local.get $red)
          (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 16 19 22 25 28 31
            (i8x16.shuffle 2 5 8 11 14 17 20 23 26 29 0 0 0 0 0 0 (local.get $a) (local.get $b))
            (local.get $c)))
        (local.set $from (i32.add (local.get $from) (i32.const 48)))
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (local.set $green (i32.add (local.get $green) (i32.const 16)))
        (local.set $red (i32.add (local.get $red) (i32.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (i32.store8 (local.get $out) (i32.load8_u (local.get $from)))
        (i32.store8 (local.get $green) (i32.load8_u offset=1 (local.get $from)))
        (i32.store8 (local.get $red) (i32.load8_u offset=2 (local.get $from)))
        (local.set $from (i32.add (local.get $from) (i32.const 3)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (local.set $green (i32.add (local.get $green) (i32.const 1)))
        (local.set $red (i32.add (local.get $red) (i32.const 1)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next))))

  ;; The same as f32, in planes at `out`, `green` and `red`. Bytes are converted as signed numbers, which the processor has an
  ;; instruction for; for unsigned ones it has none below AVX-512.
  (func (export "toFloatPlanes") (param $from i32) (param $count i32) (param $out i32) (param $green i32) (param $red i32)
    (local $left i32) (local $v v128) (local $a v128) (local $b v128) (local $c v128)
    (local.set $left (local.get $count))
    (block $vectors
      (loop $next
        (br_if $vectors (i32.lt_u (local.get $left) (i32.const 16)))
        (local.set $a (v128.load (local.get $from)))
        (local.set $b (v128.load offset=16 (local.get $from)))
        (local.set $c (v128.load offset=32 (local.get $from)))
        (local.set $v
          (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 17 20 23 26 29
            (i8x16.shuffle 0 3 6 9 12 15 18 21 24 27 30 0 0 0 0 0 (local.get $a) (local.get $b))
            (local.get $c)))
        (v128.store (local.get $out)
          (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v)))))
        (v128.store offset=16 (local.get $out)
          (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v)))))
        (v128.store offset=32 (local.get $out)
          (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v)))))
        (v128.store offset=48 (local.get $out)
          (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v)))))
        (local.set $v
          (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 18 21 24 27 30
            (i8x16.shuffle 1 4 7 10 13 16 19 22 25 28 31 0 0 0 0 0 (local.get $a) (local.get $b))
            (local.get $c)))
        (v128.store (local.get $green)
          (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v)))))
        (v128.store offset=16 (local.get $green)
          (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v)))))
        (v128.store offset=32 (local.get $green)
          (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v)))))
        (v128.store offset=48 (local.get $green)
          (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v)))))
        (local.set $v
          (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 16 19 22 25 28 31
            (i8x16.shuffle 2 5 8 11 14 17 20 23 26 29 0 0 0 0 0 0 (local.get $a) (local.get $b))
            (local.get $c)))
        (v128.store (local.get $red)
          (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v)))))
        (v128.store offset=16 (local.get $red)
          (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v)))))
        (v128.store offset=32 (local.get $red)
          (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v)))))
        (v128.store offset=48 (local.get $red)
          (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v)))))
        (local.set $from (i32.add (local.get $from) (i32.const 48)))
        (local.set $out (i32.add (local.get $out) (i32.const 64)))
        (local.set $green (i32.add (local.get $green) (i32.const 64)))
        (local.set $red (i32.add (local.get $red) (i32.const 64)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (f32.store (local.get $out) (f32.convert_i32_u (i32.load8_u (local.get $from))))
        (f32.store (local.get $green) (f32.convert_i32_u (i32.load8_u offset=1 (local.get $from))))
        (f32.store (local.get $red) (f32.convert_i32_u (i32.load8_u offset=2 (local.get $from))))
        (local.set $from (i32.add (local.get $from) (i32.const 3)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $green (i32.add (local.get $green) (i32.const 4)))
        (local.set $red (i32.add (local.get $red) (i32.const 4)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next))))

  ;; The same as (value - mean) / scale. `constants` has six f32: the means of the three channels of the picture, their scales.
  (func (export "toNormalisedPlanes")
    (param $from i32) (param $count i32) (param $constants i32) (param $out i32) (param $green i32) (param $red i32)
    (local $left i32) (local $v v128) (local $a v128) (local $b v128) (local $c v128)
    (local $mean0 v128) (local $mean1 v128) (local $mean2 v128)
    (local $scale0 v128) (local $scale1 v128) (local $scale2 v128)
    (local.set $mean0 (v128.load32_splat (local.get $constants)))
    (local.set $mean1 (v128.load32_splat offset=4 (local.get $constants)))
    (local.set $mean2 (v128.load32_splat offset=8 (local.get $constants)))
    (local.set $scale0 (v128.load32_splat offset=12 (local.get $constants)))
    (local.set $scale1 (v128.load32_splat offset=16 (local.get $constants)))
    (local.set $scale2 (v128.load32_splat offset=20 (local.get $constants)))
    (local.set $left (local.get $count))
    (block $vectors
      (loop $next
        (br_if $vectors (i32.lt_u (local.get $left) (i32.const 16)))
        (local.set $a (v128.load (local.get $from)))
        (local.set $b (v128.load offset=16 (local.get $from)))
        (local.set $c (v128.load offset=32 (local.get $from)))
        (local.set $v
          (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 17 20 23 26 29
            (i8x16.shuffle 0 3 6 9 12 15 18 21 24 27 30 0 0 0 0 0 (local.get $a) (local.get $b))
            (local.get $c)))
        (v128.store (local.get $out)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v))))
              (local.get $mean0))
            (local.get $scale0)))
        (v128.store offset=16 (local.get $out)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v))))
              (local.get $mean0))
            (local.get $scale0)))
        (v128.store offset=32 (local.get $out)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v))))
              (local.get $mean0))
            (local.get $scale0)))
        (v128.store offset=48 (local.get $out)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v))))
              (local.get $mean0))
            (local.get $scale0)))
        (local.set $v
          (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 18 21 24 27 30
            (i8x16.shuffle 1 4 7 10 13 16 19 22 25 28 31 0 0 0 0 0 (local.get $a) (local.get $b))
            (local.get $c)))
        (v128.store (local.get $green)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v))))
              (local.get $mean1))
            (local.get $scale1)))
        (v128.store offset=16 (local.get $green)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v))))
              (local.get $mean1))
            (local.get $scale1)))
        (v128.store offset=32 (local.get $green)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v))))
              (local.get $mean1))
            (local.get $scale1)))
        (v128.store offset=48 (local.get $green)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v))))
              (local.get $mean1))
            (local.get $scale1)))
        (local.set $v
          (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 16 19 22 25 28 31
            (i8x16.shuffle 2 5 8 11 14 17 20 23 26 29 0 0 0 0 0 0 (local.get $a) (local.get $b))
            (local.get $c)))
        (v128.store (local.get $red)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v))))
              (local.get $mean2))
            (local.get $scale2)))
        (v128.store offset=16 (local.get $red)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_low_i8x16_u (local.get $v))))
              (local.get $mean2))
            (local.get $scale2)))
        (v128.store offset=32 (local.get $red)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v))))
              (local.get $mean2))
            (local.get $scale2)))
        (v128.store offset=48 (local.get $red)
          (f32x4.div
            (f32x4.sub
              (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (i16x8.extend_high_i8x16_u (local.get $v))))
              (local.get $mean2))
            (local.get $scale2)))
        (local.set $from (i32.add (local.get $from) (i32.const 48)))
        (local.set $out (i32.add (local.get $out) (i32.const 64)))
        (local.set $green (i32.add (local.get $green) (i32.const 64)))
        (local.set $red (i32.add (local.get $red) (i32.const 64)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (f32.store (local.get $out)
          (f32.div
            (f32.sub (f32.convert_i32_u (i32.load8_u (local.get $from))) (f32.load (local.get $constants)))
            (f32.load offset=12 (local.get $constants))))
        (f32.store (local.get $green)
          (f32.div
            (f32.sub (f32.convert_i32_u (i32.load8_u offset=1 (local.get $from))) (f32.load offset=4 (local.get $constants)))
            (f32.load offset=16 (local.get $constants))))
        (f32.store (local.get $red)
          (f32.div
            (f32.sub (f32.convert_i32_u (i32.load8_u offset=2 (local.get $from))) (f32.load offset=8 (local.get $constants)))
            (f32.load offset=20 (local.get $constants))))
        (local.set $from (i32.add (local.get $from) (i32.const 3)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $green (i32.add (local.get $green) (i32.const 4)))
        (local.set $red (i32.add (local.get $red) (i32.const 4)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next))))

  ;; V8 fills memory that threads share byte by byte.
  (func (export "fill") (param $out i32) (param $value i32) (param $count i32)
    (memory.fill (local.get $out) (local.get $value) (local.get $count)))

  ;; Writes 255 where the f32 is greater than `limit`, else 0. Gives the number of white pixels and the largest value;
  ;; comparisons with NaN are false, so it is black and never the largest.
  (func (export "threshold") (param $values i32) (param $count i32) (param $limit f32) (param $mask i32)
    (result i32 f32)
    (local $left i32) (local $white i32) (local $score f32) (local $best v128) (local $limits v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $value f32)
    (local.set $limits (f32x4.splat (local.get $limit)))
    (local.set $best (f32x4.splat (f32.const -inf)))
    (local.set $left (local.get $count))
    (block $vectors
      (loop $next
        (br_if $vectors (i32.lt_u (local.get $left) (i32.const 16)))
        (local.set $a (v128.load (local.get $values)))
        (local.set $b (v128.load offset=16 (local.get $values)))
        (local.set $c (v128.load offset=32 (local.get $values)))
        (local.set $d (v128.load offset=48 (local.get $values)))
        (local.set $best (f32x4.pmax (local.get $best) (local.get $a)))
        (local.set $best (f32x4.pmax (local.get $best) (local.get $b)))
        (local.set $best (f32x4.pmax (local.get $best) (local.get $c)))
        (local.set $best (f32x4.pmax (local.get $best) (local.get $d)))
        (local.set $a
          (i8x16.narrow_i16x8_s
            (i16x8.narrow_i32x4_s
              (f32x4.gt (local.get $a) (local.get $limits)) (f32x4.gt (local.get $b) (local.get $limits)))
            (i16x8.narrow_i32x4_s
              (f32x4.gt (local.get $c) (local.get $limits)) (f32x4.gt (local.get $d) (local.get $limits)))))
        (v128.store (local.get $mask) (local.get $a))
        (local.set $white (i32.add (local.get $white) (i32.popcnt (i8x16.bitmask (local.get $a)))))
        (local.set $values (i32.add (local.get $values) (i32.const 64)))
        (local.set $mask (i32.add (local.get $mask) (i32.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $next)))
    (local.set $score (f32x4.extract_lane 0 (local.get $best)))
    (local.set $score (call $larger (local.get $score) (f32x4.extract_lane 1 (local.get $best))))
    (local.set $score (call $larger (local.get $score) (f32x4.extract_lane 2 (local.get $best))))
    (local.set $score (call $larger (local.get $score) (f32x4.extract_lane 3 (local.get $best))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (local.set $value (f32.load (local.get $values)))
        (local.set $score (call $larger (local.get $score) (local.get $value)))
        (i32.store8 (local.get $mask)
          (select (i32.const 255) (i32.const 0) (f32.gt (local.get $value) (local.get $limit))))
        (local.set $white (i32.add (local.get $white) (f32.gt (local.get $value) (local.get $limit))))
        (local.set $values (i32.add (local.get $values) (i32.const 4)))
        (local.set $mask (i32.add (local.get $mask) (i32.const 1)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (local.get $white)
    (local.get $score))

  (func $larger (param $known f32) (param $value f32) (result f32)
    (select (local.get $value) (local.get $known) (f32.gt (local.get $value) (local.get $known))))

  ;; Picture of three channels beside its mask: `out` is 2 × width in three channels.
  (func (export "pair3") (param $image i32) (param $mask i32) (param $width i32) (param $height i32) (param $out i32)
    (local $rowBytes i32)
    (local.set $rowBytes (i32.mul (local.get $width) (i32.const 3)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $height)))
        (memory.copy (local.get $out) (local.get $image) (local.get $rowBytes))
        (call $spread (local.get $mask) (local.get $width) (i32.add (local.get $out) (local.get $rowBytes)))
        (local.set $out (i32.add (local.get $out) (i32.shl (local.get $rowBytes) (i32.const 1))))
        (local.set $image (i32.add (local.get $image) (local.get $rowBytes)))
        (local.set $mask (i32.add (local.get $mask) (local.get $width)))
        (local.set $height (i32.sub (local.get $height) (i32.const 1)))
        (br $next))))

  ;; The same with a grey picture.
  (func (export "pair1") (param $image i32) (param $mask i32) (param $width i32) (param $height i32) (param $out i32)
    (local $rowBytes i32)
    (local.set $rowBytes (i32.mul (local.get $width) (i32.const 3)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $height)))
        (call $spread (local.get $image) (local.get $width) (local.get $out))
        (call $spread (local.get $mask) (local.get $width) (i32.add (local.get $out) (local.get $rowBytes)))
        (local.set $out (i32.add (local.get $out) (i32.shl (local.get $rowBytes) (i32.const 1))))
        (local.set $image (i32.add (local.get $image) (local.get $width)))
        (local.set $mask (i32.add (local.get $mask) (local.get $width)))
        (local.set $height (i32.sub (local.get $height) (i32.const 1)))
        (br $next))))

  ;; Grey values as three equal channels.
  (func $spread (param $grey i32) (param $count i32) (param $out i32)
    (local $a v128)
    (block $vectors
      (loop $next
        (br_if $vectors (i32.lt_u (local.get $count) (i32.const 16)))
        (local.set $a (v128.load (local.get $grey)))
        (v128.store (local.get $out)
          (i8x16.shuffle 0 0 0 1 1 1 2 2 2 3 3 3 4 4 4 5 (local.get $a) (local.get $a)))
        (v128.store offset=16 (local.get $out)
          (i8x16.shuffle 5 5 6 6 6 7 7 7 8 8 8 9 9 9 10 10 (local.get $a) (local.get $a)))
        (v128.store offset=32 (local.get $out)
          (i8x16.shuffle 10 11 11 11 12 12 12 13 13 13 14 14 14 15 15 15 (local.get $a) (local.get $a)))
        (local.set $grey (i32.add (local.get $grey) (i32.const 16)))
        (local.set $out (i32.add (local.get $out) (i32.const 48)))
        (local.set $count (i32.sub (local.get $count) (i32.const 16)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (i32.store8 (local.get $out) (i32.load8_u (local.get $grey)))
        (i32.store8 offset=1 (local.get $out) (i32.load8_u (local.get $grey)))
        (i32.store8 offset=2 (local.get $out) (i32.load8_u (local.get $grey)))
        (local.set $grey (i32.add (local.get $grey) (i32.const 1)))
        (local.set $out (i32.add (local.get $out) (i32.const 3)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))))
