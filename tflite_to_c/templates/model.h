/* {{ origin }} in C: one function, no heap, no library. Weights stay in flash.

   input:  {{ input.size }} int8, shape ({{ input.shape | join(", ") }}), row by row, channels last:
           real value / INPUT_SCALE + INPUT_ZERO_POINT, rounded, within -128 to 127.
   output: {{ output.size }} int8: real value = (output - OUTPUT_ZERO_POINT) * OUTPUT_SCALE.

   RAM: the caller's two buffers, {{ prefix }}_SCRATCH_BYTES of static scratch, and some hundred bytes of stack.
   Not reentrant: one call at a time. */
#ifndef {{ prefix }}_H
#define {{ prefix }}_H

#include <stdint.h>

#define {{ prefix }}_INPUT_BYTES {{ input.size }}
#define {{ prefix }}_INPUT_SCALE {{ input.scale | float32 }}
#define {{ prefix }}_INPUT_ZERO_POINT ({{ input.zero_point }})
#define {{ prefix }}_OUTPUT_BYTES {{ output.size }}
#define {{ prefix }}_OUTPUT_SCALE {{ output.scale | float32 }}
#define {{ prefix }}_OUTPUT_ZERO_POINT ({{ output.zero_point }})
#define {{ prefix }}_SCRATCH_BYTES {{ scratch_bytes }}

#ifdef __cplusplus
extern "C" {
#endif

void {{ name }}_run(const int8_t input[{{ input.size }}], int8_t output[{{ output.size }}]);

#ifdef __cplusplus
}
#endif

#endif
