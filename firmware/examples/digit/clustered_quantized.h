/* clustered_quantized.tflite in C: one function, no heap, no library. Weights stay in flash.

   input:  784 int8, shape (28, 28, 1), row by row, channels last:
           real value / INPUT_SCALE + INPUT_ZERO_POINT, rounded, within -128 to 127.
   output: 10 int8: real value = (output - OUTPUT_ZERO_POINT) * OUTPUT_SCALE.

   RAM: the caller's two buffers, CLUSTERED_QUANTIZED_SCRATCH_BYTES of static scratch, and stack:
        CLUSTERED_QUANTIZED_STACK_BYTES, measured in an emulator with the C compiled by zig's clang (cortex-m0 112, cortex-m4 76, cortex-m33 76, rv32ec 128).
   Not reentrant: one call at a time. */
#ifndef CLUSTERED_QUANTIZED_H
#define CLUSTERED_QUANTIZED_H

#include <stdint.h>

#define CLUSTERED_QUANTIZED_INPUT_BYTES 784
#define CLUSTERED_QUANTIZED_INPUT_SCALE 0.003921569f
#define CLUSTERED_QUANTIZED_INPUT_ZERO_POINT (-128)
#define CLUSTERED_QUANTIZED_OUTPUT_BYTES 10
#define CLUSTERED_QUANTIZED_OUTPUT_SCALE 0.07995922f
#define CLUSTERED_QUANTIZED_OUTPUT_ZERO_POINT (38)
#define CLUSTERED_QUANTIZED_SCRATCH_BYTES 1076
#define CLUSTERED_QUANTIZED_STACK_BYTES 128

/* From what a sensor gives to the real value of an input: (raw - RAW_OFFSET) / RAW_DIVISOR. */
#define CLUSTERED_QUANTIZED_RAW_OFFSET 0.0f
#define CLUSTERED_QUANTIZED_RAW_DIVISOR 255.0f

#ifdef __cplusplus
extern "C" {
#endif

void clustered_quantized_run(const int8_t input[784], int8_t output[10]);

#ifdef __cplusplus
}
#endif

#endif
