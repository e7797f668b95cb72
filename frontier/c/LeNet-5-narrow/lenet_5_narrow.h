/* LeNet-5-narrow-3.tflite in C: one function, no heap, no library. Weights stay in flash.

   input:  784 int8, shape (28, 28, 1), row by row, channels last:
           real value / INPUT_SCALE + INPUT_ZERO_POINT, rounded, within -128 to 127.
   output: 10 int8: real value = (output - OUTPUT_ZERO_POINT) * OUTPUT_SCALE.

   Write the input to lenet_5_narrow_input before each lenet_5_narrow_run(), which writes over it; the output is at
   lenet_5_narrow_output until the next input is written.

   RAM: LENET_5_NARROW_SCRATCH_BYTES of static scratch, where input and output lie too, and stack:
        LENET_5_NARROW_STACK_BYTES, measured in an emulator with the C compiled by zig's clang (cortex-m0 164, cortex-m4 136, cortex-m33 136, rv32ec 176).
   Not reentrant: one call at a time. */
#ifndef LENET_5_NARROW_H
#define LENET_5_NARROW_H

#include <stdint.h>

#define LENET_5_NARROW_INPUT_BYTES 784
#define LENET_5_NARROW_INPUT_SCALE 0.003921569f
#define LENET_5_NARROW_INPUT_ZERO_POINT (-128)
#define LENET_5_NARROW_OUTPUT_BYTES 10
#define LENET_5_NARROW_OUTPUT_SCALE 0.1875f
#define LENET_5_NARROW_OUTPUT_ZERO_POINT (-20)
#define LENET_5_NARROW_SCRATCH_BYTES 1752
#define LENET_5_NARROW_STACK_BYTES 176

/* From what a sensor gives to the real value of an input: (raw - RAW_OFFSET) / RAW_DIVISOR. */
#define LENET_5_NARROW_RAW_OFFSET 0.0f
#define LENET_5_NARROW_RAW_DIVISOR 255.0f

#ifdef __cplusplus
extern "C" {
#endif

extern int8_t *const lenet_5_narrow_input;
extern const int8_t *const lenet_5_narrow_output;
void lenet_5_narrow_run(void);

#ifdef __cplusplus
}
#endif

#endif
