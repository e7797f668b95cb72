/* 4500B-2.tflite in C: one function, no heap, no library. Weights stay in flash.

   input:  784 int8, shape (28, 28, 1), row by row, channels last:
           real value / INPUT_SCALE + INPUT_ZERO_POINT, rounded, within -128 to 127.
   output: 10 int8: real value = (output - OUTPUT_ZERO_POINT) * OUTPUT_SCALE.

   Write the input to model_4500b_input before each model_4500b_run(), which writes over it; the output is at
   model_4500b_output until the next input is written.

   RAM: MODEL_4500B_SCRATCH_BYTES of static scratch, where input and output lie too, and stack:
        MODEL_4500B_STACK_BYTES, measured in an emulator with the C compiled by zig's clang (cortex-m0 212, cortex-m4 196, cortex-m33 196, rv32ec 216).
   Not reentrant: one call at a time. */
#ifndef MODEL_4500B_H
#define MODEL_4500B_H

#include <stdint.h>

#define MODEL_4500B_INPUT_BYTES 784
#define MODEL_4500B_INPUT_SCALE 0.003921569f
#define MODEL_4500B_INPUT_ZERO_POINT (-128)
#define MODEL_4500B_OUTPUT_BYTES 10
#define MODEL_4500B_OUTPUT_SCALE 0.19726562f
#define MODEL_4500B_OUTPUT_ZERO_POINT (20)
#define MODEL_4500B_SCRATCH_BYTES 4016
#define MODEL_4500B_STACK_BYTES 216

/* From what a sensor gives to the real value of an input: (raw - RAW_OFFSET) / RAW_DIVISOR. */
#define MODEL_4500B_RAW_OFFSET 0.0f
#define MODEL_4500B_RAW_DIVISOR 255.0f

#ifdef __cplusplus
extern "C" {
#endif

extern int8_t *const model_4500b_input;
extern const int8_t *const model_4500b_output;
void model_4500b_run(void);

#ifdef __cplusplus
}
#endif

#endif
