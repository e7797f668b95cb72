/* LeNet-300-100-1.tflite in C: one function, no heap, no library. Weights stay in flash.

   input:  784 int8, shape (28, 28, 1), row by row, channels last:
           real value / INPUT_SCALE + INPUT_ZERO_POINT, rounded, within -128 to 127.
   output: 10 int8: real value = (output - OUTPUT_ZERO_POINT) * OUTPUT_SCALE.

   RAM: the caller's two buffers, LENET_300_100_SCRATCH_BYTES of static scratch, and stack:
        LENET_300_100_STACK_BYTES, measured in an emulator with the C compiled by zig's clang (cortex-m0 88, cortex-m4 60, cortex-m33 60, rv32ec 112).
   Not reentrant: one call at a time. */
#ifndef LENET_300_100_H
#define LENET_300_100_H

#include <stdint.h>

#define LENET_300_100_INPUT_BYTES 784
#define LENET_300_100_INPUT_SCALE 0.003921569f
#define LENET_300_100_INPUT_ZERO_POINT (-128)
#define LENET_300_100_OUTPUT_BYTES 10
#define LENET_300_100_OUTPUT_SCALE 0.20135526f
#define LENET_300_100_OUTPUT_ZERO_POINT (-24)
#define LENET_300_100_SCRATCH_BYTES 160
#define LENET_300_100_STACK_BYTES 112

/* From what a sensor gives to the real value of an input: (raw - RAW_OFFSET) / RAW_DIVISOR. */
#define LENET_300_100_RAW_OFFSET 0.0f
#define LENET_300_100_RAW_DIVISOR 255.0f

#ifdef __cplusplus
extern "C" {
#endif

void lenet_300_100_run(const int8_t input[784], int8_t output[10]);

#ifdef __cplusplus
}
#endif

#endif
