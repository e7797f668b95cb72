/* {{ origin }} in C: one function, no heap, no library. Weights stay in flash.

   input:  {{ input.size }} int8, shape ({{ input.shape | join(", ") }}), row by row, channels last:
           real value / INPUT_SCALE + INPUT_ZERO_POINT, rounded, within -128 to 127.
   output: {{ output.size }} int8: real value = (output - OUTPUT_ZERO_POINT) * OUTPUT_SCALE.

{% if in_place %}
   Write the input to {{ name }}_input before each {{ name }}_run(), which writes over it; the output is at
   {{ name }}_output until the next input is written.

   RAM: {{ prefix }}_SCRATCH_BYTES of static scratch, where input and output lie too, and stack:
{% else %}
   RAM: the caller's two buffers, {{ prefix }}_SCRATCH_BYTES of static scratch, and stack:
{% endif %}
{% if stack %}
        {{ prefix }}_STACK_BYTES, measured in an emulator with the C compiled by zig's clang ({% for core, bytes in stack.items() %}{{ core }} {{ bytes }}{{ ", " if not loop.last }}{% endfor %}).
{% else %}
        a few hundred bytes, as core and compiler have it; `tflite-to-c measure` tells.
{% endif %}
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
{% if state_bytes %}
#define {{ prefix }}_STATE_BYTES {{ state_bytes }} /* of static RAM too: what recurrent layers keep */
{% endif %}
{% if stack %}
#define {{ prefix }}_STACK_BYTES {{ stack.values() | max }}
{% endif %}
{% if normalisation %}

{% if normalisation.offset | length == 1 %}
/* From what a sensor gives to the real value of an input: (raw - RAW_OFFSET) / RAW_DIVISOR. */
#define {{ prefix }}_RAW_OFFSET {{ normalisation.offset[0] | float32 }}
#define {{ prefix }}_RAW_DIVISOR {{ normalisation.divisor[0] | float32 }}
{% else %}
/* From what a sensor gives to the real value of an input, number i of the last dimension, channel or feature:
   (raw - RAW_OFFSETS[i]) / RAW_DIVISORS[i]; for arrays: static const float offsets[] = {{ prefix }}_RAW_OFFSETS; */
#define {{ prefix }}_RAW_OFFSETS { {{- normalisation.offset | map("float32") | join(", ") -}} }
#define {{ prefix }}_RAW_DIVISORS { {{- normalisation.divisor | map("float32") | join(", ") -}} }
{% endif %}
{% endif %}

#ifdef __cplusplus
extern "C" {
#endif

{% if in_place %}
extern int8_t *const {{ name }}_input;
extern const int8_t *const {{ name }}_output;
void {{ name }}_run(void);
{% else %}
void {{ name }}_run(const int8_t input[{{ input.size }}], int8_t output[{{ output.size }}]);
{% endif %}
{% if streamed %}
{% set features = streamed[0].inputs[0].shape[1] %}

/* The same a step at a time, as a sensor gives it: {{ name }}_reset() before the first step of a sequence, then
   {{ name }}_step() as often as there are steps. Output is as if the sequence ended there; it may be a null pointer
   where it is not needed. {{ name }}_run() begins with a reset. */
#define {{ prefix }}_STEP_BYTES {{ features }}

void {{ name }}_reset(void);
void {{ name }}_step(const int8_t input[{{ features }}], int8_t output[{{ output.size }}]);
{% endif %}
{% if row_bytes %}

/* The same a row at a time, as many sensors give it, so that the input is never held: {{ name }}_row() as often as there are
   rows, the first one first. It returns 1 once the last was given and the output is there, else 0.
   {{ name }}_reset() forgets rows of an input that was not completed; {{ name }}_run() begins with it. */
#define {{ prefix }}_ROW_BYTES {{ row_bytes }}
#define {{ prefix }}_ROWS {{ row_count }}

void {{ name }}_reset(void);
int {{ name }}_row(const int8_t row[{{ row_bytes }}], int8_t output[{{ output.size }}]);
{% endif %}
{% if keeps %}

/* The network remembers what it has seen: {{ name }}_reset() before the first of a row of inputs, then {{ name }}_step() for each.
   {{ name }}_run() is a reset and a step. */
void {{ name }}_reset(void);
void {{ name }}_step({{ "void" if in_place else "const int8_t input[%d], int8_t output[%d]" % (input.size, output.size) }});
{% endif %}
{% if graph.input_type == "float32" %}

/* A real value as input; the model's own input is float32. */
static inline int8_t {{ name }}_quantize(float real)
{
    const float scaled = real / {{ prefix }}_INPUT_SCALE;
    const float near = scaled >= -256.0f ? scaled <= 256.0f ? scaled : 256.0f : -256.0f; /* beyond int8 either way */
    const int whole = (int)near;
    const float rest = near - (float)whole;
    const int rounded = whole + (rest >= 0.5f) - (rest <= -0.5f) + {{ prefix }}_INPUT_ZERO_POINT;
    return (int8_t)(rounded < -128 ? -128 : rounded > 127 ? 127 : rounded);
}
{% elif graph.input_type == "uint8" %}

/* The model's own input is uint8. */
static inline int8_t {{ name }}_quantize(uint8_t value)
{
    return (int8_t)(value - 128);
}
{% endif %}
{% if graph.output_type == "float32" %}

/* The real value of an output; the model's own output is float32. */
static inline float {{ name }}_dequantize(int8_t value)
{
    return (float)(value - {{ prefix }}_OUTPUT_ZERO_POINT) * {{ prefix }}_OUTPUT_SCALE;
}
{% elif graph.output_type == "uint8" %}

/* The model's own output is uint8. */
static inline uint8_t {{ name }}_dequantize(int8_t value)
{
    return (uint8_t)(value + 128);
}
{% endif %}

#ifdef __cplusplus
}
#endif

#endif
