/* 3000B-3.tflite in C: one function, no heap, no library. Weights stay in flash.

   input:  784 int8, shape (28, 28, 1), row by row, channels last:
           real value / INPUT_SCALE + INPUT_ZERO_POINT, rounded, within -128 to 127.
   output: 10 int8: real value = (output - OUTPUT_ZERO_POINT) * OUTPUT_SCALE.

   Write the input to model_3000b_input before each model_3000b_run(), which writes over it; the output is at
   model_3000b_output until the next input is written.

   RAM: MODEL_3000B_SCRATCH_BYTES of static scratch, where input and output lie too, and stack:
        MODEL_3000B_STACK_BYTES, measured in an emulator with the C compiled by zig's clang (cortex-m0 244, cortex-m4 196, cortex-m33 196, rv32ec 236).
   Not reentrant: one call at a time. */
#ifndef MODEL_3000B_H
#define MODEL_3000B_H

#include <stdint.h>

#define MODEL_3000B_INPUT_BYTES 784
#define MODEL_3000B_INPUT_SCALE 0.003921569f
#define MODEL_3000B_INPUT_ZERO_POINT (-128)
#define MODEL_3000B_OUTPUT_BYTES 10
#define MODEL_3000B_OUTPUT_SCALE 0.19042969f
#define MODEL_3000B_OUTPUT_ZERO_POINT (21)
#define MODEL_3000B_SCRATCH_BYTES 3332
#define MODEL_3000B_STACK_BYTES 244

/* From what a sensor gives to the real value of an input: (raw - RAW_OFFSET) / RAW_DIVISOR. */
#define MODEL_3000B_RAW_OFFSET 0.0f
#define MODEL_3000B_RAW_DIVISOR 255.0f

#ifdef __cplusplus
extern "C" {
#endif

extern int8_t *const model_3000b_input;
extern const int8_t *const model_3000b_output;
void model_3000b_run(void);

#ifdef __cplusplus
}
#endif

#endif
