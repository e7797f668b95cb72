{#- What all layers with weights share, then the kernels; each kind of layer stands in operators/. -#}
typedef {{ count_type }} COUNT;
{% if matrices %}

typedef struct {
    const int32_t *bias;       /* with the input's zero point folded in */
    const int32_t *multiplier; /* of each output channel, over 2^31 */
    const int8_t *shift;       /* right, after the multiplication */
    const uint8_t *codes;
    const int8_t *values; /* weights, or tables of them */
    const COUNT *counts;  /* weights stored of each row */
    DIMENSION table_step; /* from one row's table to the next */
    DIMENSION height, width, channels, rows, columns;
    DIMENSION kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x;
    DIMENSION out_height, out_width;
    DIMENSION pool_y, pool_x, pool_stride_y, pool_stride_x;
    DIMENSION depth_multiplier;
    int8_t input_zero, output_zero, low, high;
} Layer;

static inline int8_t requantize(const Layer *l, int32_t c, int32_t sum)
{
    return clamp(scale(sum, l->multiplier[c], l->shift[c]) + l->output_zero, l->low, l->high);
}
{% endif %}

{% include "templates/loops.c" %}
{% if "dense" in encodings %}

/* Cortex-M4 and its like: two 16-bit multiply-accumulates an instruction, and unaligned loads. */
#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && !defined(__ARM_BIG_ENDIAN)
#define DUAL 1
static inline uint32_t load4(const int8_t *p)
{
    uint32_t four;
    __builtin_memcpy(&four, p, 4);
    return four;
}

static inline uint32_t even(uint32_t four) /* bytes 0 and 2 as two int16 */
{
    uint32_t two;
    __asm__("sxtb16 %0, %1" : "=r"(two) : "r"(four));
    return two;
}

static inline uint32_t odd(uint32_t four) /* bytes 1 and 3 */
{
    uint32_t two;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(two) : "r"(four));
    return two;
}

static inline int32_t dual(uint32_t a, uint32_t b, int32_t sum)
{
    int32_t result;
    __asm__("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}
#endif
{% endif %}
{% for template in templates %}
{% import template as layer with context %}

{{ layer.shared() -}}
{% endfor %}
{% for kernel in kernels %}
{% import kernel.template as layer with context %}

{{ layer.kernel(kernel) -}}
{% endfor %}
