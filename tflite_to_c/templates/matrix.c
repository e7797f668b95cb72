{#- What all layers with weights share, then the kernels; each kind of layer stands in operators/. -#}
typedef {{ count_type }} COUNT;
{% if matrices %}

typedef struct {
{% if packed %}
    const int8_t *bias; /* with the input's zero point folded in; the highest byte of each first */
{% else %}
    const int32_t *bias; /* with the input's zero point folded in */
{% endif %}
{% if shifts_packed %}
    const uint32_t *multiplier; /* of each output channel{{ ", or of all" if one_factor }}: over 2^31, less 1/2; and shift, less least_shift */
{% else %}
    const int32_t *multiplier; /* of each output channel{{ ", or of all" if one_factor }}, over 2^31 */
    const int8_t *shift;       /* right, after the multiplication */
{% endif %}
    const uint8_t *codes;
    const int8_t *values; /* weights, or tables of them */
    const COUNT *counts;  /* weights stored of each row */
    DIMENSION table_step; /* from one row's table to the next */
    DIMENSION height, width, channels, rows, columns;
    DIMENSION kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x;
    DIMENSION out_height, out_width;
{% if pools %}
    DIMENSION pool_y, pool_x, pool_stride_y, pool_stride_x;
{% endif %}
{% if spreads %}
    DIMENSION spread_y, spread_x; /* from one of the input's values to the next; 0: no transposed convolution */
{% endif %}
{% if depthwise %}
    DIMENSION depth_multiplier;
{% endif %}
{% if one_factor %}
    DIMENSION factor_step; /* from one row's multiplier and shift to the next */
{% endif %}
{% if packed %}
    DIMENSION bias_bytes;
{% endif %}
{% if shifts_packed %}
    int8_t least_shift; /* right, after the multiplication */
{% endif %}
    int8_t input_zero, output_zero, low, high;
} Layer;
{% if packed %}

static int32_t packed_bias(const Layer *l, int32_t c)
{
    const int8_t *from = l->bias + c * l->bias_bytes;
    int32_t bias = *from;
    for (int32_t n = l->bias_bytes; n > 1; n--)
        bias = bias * 256 + (uint8_t)*++from;
    return bias;
}
{% endif %}
{% if requantizes %}

static inline int8_t requantize(const Layer *l, int32_t c, int32_t sum)
{
{% set place = "c * l->factor_step" if one_factor else "c" %}
{% if shifts_packed %}
    const uint32_t factor = l->multiplier[{{ place }}];
    const int32_t multiplier = (int32_t)((factor & 0x3fffffff) + 0x40000000), shift = l->least_shift + (int32_t)(factor >> 30);
    return clamp(scale(sum, multiplier, shift) + l->output_zero, l->low, l->high);
{% elif one_factor %}
    const int32_t i = {{ place }};
    return clamp(scale(sum, l->multiplier[i], l->shift[i]) + l->output_zero, l->low, l->high);
{% else %}
    return clamp(scale(sum, l->multiplier[c], l->shift[c]) + l->output_zero, l->low, l->high);
{% endif %}
}
{% endif %}
{% endif %}

{% include "templates/loops.c" %}
{% if tabled %}

#if defined(__riscv) && !defined(__riscv_mul)
/* Products of int8 where there is no multiplication: (a + b)^2 / 4 - (a - b)^2 / 4, both rounded down alike. */
static const uint16_t squares[512] = { /* n^2 / 4 for n from -256 */
    {% for n in range(-256, 256) %}{{ n * n // 4 }},{{ "\n    " if n % 16 == 15 and n < 255 else " " if n < 255 }}{% endfor %}

};
#define TIMES(a, b) ((int32_t)squares[256 + (a) + (b)] - squares[256 + (a) - (b)])
#else
#define TIMES(a, b) ((a) * (b))
#endif
{% endif %}
{% if code %}

/* Weights in Huffman codes, of {{ code.shortest }} to {{ code.longest }} bits: the weights in the order of their codes; for each length where its codes
   end, as if they were of the longest; and the place of its first weight, less its first code. */
static const int8_t code_values[] = { {{- code.lengths | join(", ") -}} };
static const uint16_t code_ends[] = { {{- code.ends() | join(", ") -}} };
static const int16_t code_offsets[] = { {{- code.offsets() | join(", ") -}} };

typedef struct {
    const uint8_t *next;
    uint32_t bits; /* the next {{ code.longest }} of them and more, the first one highest */
    int32_t held;  /* how many */
} Coded;

static int32_t next_weight(Coded *coded)
{
    int32_t length = {{ code.shortest }};
    for (; coded->held < {{ code.longest }}; coded->held += 8)
        coded->bits |= (uint32_t)*coded->next++ << (24 - coded->held);
    const int32_t code = (int32_t)(coded->bits >> {{ 32 - code.longest }});
    while (code >= code_ends[length - {{ code.shortest }}])
        length++;
    coded->bits <<= length;
    coded->held -= length;
    return code_values[code_offsets[length - {{ code.shortest }}] + (code >> ({{ code.longest }} - length))];
}
{% endif %}
{% if dual %}

{% if "pairs" in encodings %}
/* Cortex-M0 and its like: accumulators in the upper registers, which only additions reach. */
#if defined(__GNUC__) && defined(__thumb__) && !defined(__thumb2__) && !defined(__ARM_BIG_ENDIAN)
#define THUMB1 1

/* Adds a weight times the values of four positions, of 16 bits each, and moves x on. */
#define A_COLUMN(place)                                                                             \
    "ldrb %[v], [%[w_], #" #place "]\n ldm %[x_]!, {r4, r5}\n sxtb %[v], %[v]\n"                      \
    "sxth %[t], r4\n sxth r6, r5\n asrs r4, r4, #16\n asrs r5, r5, #16\n"                            \
    "muls %[t], %[v], %[t]\n muls r4, %[v], r4\n muls r6, %[v], r6\n muls r5, %[v], r5\n"             \
    "add %[c0], %[t]\n add %[c1], r4\n add %[c2], r6\n add %[c3], r5\n"

/* Adds the weights from w to end, at least four, times the values of four positions, and moves w and x on. */
#define ALL_COLUMNS(w, end, x, acc0, acc1, acc2, acc3)                                              \
    do {                                                                                            \
        uint32_t v, t;                                                                              \
        __asm__ volatile(".syntax unified\n 1:\n" A_COLUMN(0) A_COLUMN(2) A_COLUMN(1) A_COLUMN(3)        \
                         "adds %[w_], #4\n cmp %[w_], %[e]\n bne 1b\n"                              \
                         : [w_] "+l"(w), [x_] "+l"(x), [c0] "+h"(acc0), [c1] "+h"(acc1),             \
                           [c2] "+h"(acc2), [c3] "+h"(acc3), [v] "=&l"(v), [t] "=&l"(t)              \
                         : [e] "h"(end)                                                             \
                         : "r4", "r5", "r6", "cc", "memory");                                        \
    } while (0)
#endif
{% endif %}

/* Cortex-M4 and its like: two 16-bit multiply-accumulates an instruction, and unaligned loads. */
#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && !defined(__ARM_BIG_ENDIAN)
#define DUAL 1
{% if "dense" in encodings %}
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
{% endif %}
{% if "pairs" in encodings %}

/* Adds four weights times the values of four positions, and moves w and x on; compilers take a third more. */
#define FOUR_COLUMNS(w, x, acc0, acc1, acc2, acc3)                                                  \
    do {                                                                                            \
        uint32_t first, last, a, b;                                                                 \
        __asm__ volatile("ldr %[first], [%[w_]], #4\n sxtb16 %[last], %[first], ror #8\n"             \
                         "ldrd %[a], %[b], [%[x_]], #8\n sxtb16 %[first], %[first]\n"                 \
                         "smlad %[c0], %[first], %[a], %[c0]\n smlad %[c0], %[last], %[b], %[c0]\n"   \
                         "ldrd %[a], %[b], [%[x_]], #8\n"                                            \
                         "smlad %[c1], %[first], %[a], %[c1]\n smlad %[c1], %[last], %[b], %[c1]\n"   \
                         "ldrd %[a], %[b], [%[x_]], #8\n"                                            \
                         "smlad %[c2], %[first], %[a], %[c2]\n smlad %[c2], %[last], %[b], %[c2]\n"   \
                         "ldrd %[a], %[b], [%[x_]], #8\n"                                            \
                         "smlad %[c3], %[first], %[a], %[c3]\n smlad %[c3], %[last], %[b], %[c3]\n"   \
                         : [w_] "+r"(w), [x_] "+r"(x), [c0] "+r"(acc0), [c1] "+r"(acc1),             \
                           [c2] "+r"(acc2), [c3] "+r"(acc3), [first] "=&r"(first),                  \
                           [last] "=&r"(last), [a] "=&r"(a), [b] "=&r"(b)                            \
                         :                                                                          \
                         : "memory");                                                               \
    } while (0)
{% endif %}
{% if "rows" in encodings %}

/* Adds four values times the weights of four rows, and moves all on; w2 is two rows behind w0. */
#define FOUR_ROWS(x, w0, w2, row, acc0, acc1, acc2, acc3)                                           \
    do {                                                                                            \
        uint32_t first, last, a, b;                                                                 \
        __asm__ volatile("ldr %[first], [%[x_]], #4\n ldr %[a], [%[w1], %[step]]\n"                  \
                         "sxtb16 %[last], %[first], ror #8\n sxtb16 %[first], %[first]\n"            \
                         "sxtb16 %[b], %[a]\n sxtb16 %[a], %[a], ror #8\n"                          \
                         "smlad %[c1], %[first], %[b], %[c1]\n smlad %[c1], %[last], %[a], %[c1]\n"  \
                         "ldr %[a], [%[w1]], #4\n"                                                  \
                         "sxtb16 %[b], %[a]\n sxtb16 %[a], %[a], ror #8\n"                          \
                         "smlad %[c0], %[first], %[b], %[c0]\n smlad %[c0], %[last], %[a], %[c0]\n"  \
                         "ldr %[a], [%[w3], %[step]]\n"                                             \
                         "sxtb16 %[b], %[a]\n sxtb16 %[a], %[a], ror #8\n"                          \
                         "smlad %[c3], %[first], %[b], %[c3]\n smlad %[c3], %[last], %[a], %[c3]\n"  \
                         "ldr %[a], [%[w3]], #4\n"                                                  \
                         "sxtb16 %[b], %[a]\n sxtb16 %[a], %[a], ror #8\n"                          \
                         "smlad %[c2], %[first], %[b], %[c2]\n smlad %[c2], %[last], %[a], %[c2]\n"  \
                         : [x_] "+r"(x), [w1] "+r"(w0), [w3] "+r"(w2), [c0] "+r"(acc0),              \
                           [c1] "+r"(acc1), [c2] "+r"(acc2), [c3] "+r"(acc3),                       \
                           [first] "=&r"(first), [last] "=&r"(last), [a] "=&r"(a), [b] "=&r"(b)      \
                         : [step] "r"(row)                                                          \
                         : "memory");                                                               \
    } while (0)
{% endif %}
{% if "taps" in encodings %}

/* Adds four channels' values at one place of the kernel times their weights, and moves from and w to the next. */
#define FOUR_CHANNELS(from, c, w, step, acc0, acc1, acc2, acc3)                                     \
    do {                                                                                            \
        uint32_t value, weight, a, b;                                                               \
        __asm__ volatile("ldr %[v], [%[f]], #4\n ldr %[m], [%[w_]]\n ldr %[v], [%[v], %[c_]]\n"        \
                         "add %[w_], %[w_], %[s]\n sxtb16 %[a], %[v]\n sxtb16 %[b], %[m]\n"           \
                         "smlabb %[c0], %[a], %[b], %[c0]\n smlatt %[c2], %[a], %[b], %[c2]\n"       \
                         "sxtb16 %[a], %[v], ror #8\n sxtb16 %[b], %[m], ror #8\n"                   \
                         "smlabb %[c1], %[a], %[b], %[c1]\n smlatt %[c3], %[a], %[b], %[c3]\n"       \
                         : [f] "+r"(from), [w_] "+r"(w), [c0] "+r"(acc0), [c1] "+r"(acc1),           \
                           [c2] "+r"(acc2), [c3] "+r"(acc3), [v] "=&r"(value), [m] "=&r"(weight),    \
                           [a] "=&r"(a), [b] "=&r"(b)                                               \
                         : [c_] "r"(c), [s] "r"(step)                                               \
                         : "memory");                                                               \
    } while (0)
{% endif %}
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
