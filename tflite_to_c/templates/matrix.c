{#- Layers with weights. Each is the same loop around `dot`, which multiplies one row of weights with what a kernel sees
    at `lanes` positions at once, so that a weight is fetched and decoded once for all of them. -#}

{#- acc0 += value * x[at], and so for each lane. -#}
{% macro add(value, at, lanes) %}
{% for lane in range(lanes) %}
acc{{ lane }} += {{ value }} * x[{{ at if at or not lane }}{{ " + " if at and lane }}{{ "%d * PATCH" % lane if lane }}];
{% endfor %}
{% endmacro %}

{#- Adds a row of weights times values to acc0…; x points at the first lane's values. Moves w, codes and counts on. -#}
{% macro dot(encoding, lanes) %}
{% set kind = KINDS[encoding] %}
{% set mask = 2 ** kind.index_bits - 1 %}
{% if encoding == "dense" %}
int32_t n = l->columns;
#ifdef DUAL
UNROLL for (; n >= 4; n -= 4, w += 4, x += 4) {
    uint32_t four = load4(w);
    const uint32_t w_even = even(four), w_odd = odd(four);
{% for lane in range(lanes) %}
    four = load4(x{{ " + %d * PATCH" % lane if lane }});
    acc{{ lane }} = dual(w_even, even(four), acc{{ lane }});
    acc{{ lane }} = dual(w_odd, odd(four), acc{{ lane }});
{% endfor %}
}
#endif
for (; n > 0; n--, x++) {
    const int32_t v = *w++;
    {{ add("v", 0, lanes) | trim | indent(4) }}
}
{% elif encoding == "sparse" %}
for (int32_t n = *counts++; n > 0;) {
    const uint32_t gaps = *codes++; /* two of them */
    x += gaps & 15u;
    if ((gaps & 15u) != 15u) {
        const int32_t v = *w++;
        {{ add("v", 0, lanes) | trim | indent(8) }}
        x++;
        if (--n == 0)
            break;
    }
    x += gaps >> 4;
    if (gaps >> 4 != 15u) {
        const int32_t v = *w++;
        {{ add("v", 0, lanes) | trim | indent(8) }}
        x++;
        n--;
    }
}
{% elif kind.sparse %}
for (int32_t n = *counts++; n > 0;) {
    const uint32_t code = *codes++; /* gap and index */
    x += code >> {{ kind.index_bits }};
    if (code >> {{ kind.index_bits }} != {{ 2 ** (8 - kind.index_bits) - 1 }}u) {
        const int32_t v = w[code & {{ mask }}u];
        {{ add("v", 0, lanes) | trim | indent(8) }}
        x++;
        n--;
    }
}
w += l->table_step;
{% else %}
{% set each = 8 // kind.index_bits %}
int32_t n = l->columns, v;
for (; n >= {{ each }}; n -= {{ each }}, x += {{ each }}) {
    const uint32_t code = *codes++; /* {{ each }} indices */
{% for place in range(each) %}
    v = w[code >> {{ kind.index_bits * place }} & {{ mask }}u];
    {{ add("v", place, lanes) | trim | indent(4) }}
{% endfor %}
}
if (n > 0)
    for (uint32_t code = *codes++; n > 0; n--, x++, code >>= {{ kind.index_bits }}) {
        v = w[code & {{ mask }}u];
        {{ add("v", 0, lanes) | trim | indent(8) }}
    }
w += l->table_step;
{% endif %}
{% endmacro %}

{% macro first_row(encoding) %}
const int8_t *w = l->values;
{% if encoding != "dense" %}
const uint8_t *codes = l->codes;
{% endif %}
{% if KINDS[encoding].sparse %}
const COUNT *counts = l->counts;
{% endif %}
{% endmacro %}

{% macro sums(lanes) %}
int32_t acc0 = l->bias[c]{% for lane in range(1, lanes) %}, acc{{ lane }} = acc0{% endfor %};
{% endmacro %}

typedef {{ count_type }} COUNT;

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

#if defined(__GNUC__)
#define KEEP_LOOP __asm__ volatile("") /* else compilers call memcpy or memset, for a few bytes */
#define UNROLL _Pragma("GCC unroll 4")
#else
#define KEEP_LOOP (void)0
#define UNROLL
#endif
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
{% if patch %}

#define PATCH {{ patch }}

/* Copies what the kernel sees at one output position{{ "; outside the input it sees the zero point" if padded }}. */
static void gather(const Layer *l, const int8_t *in, int32_t y, int32_t x, int8_t *patch)
{
    const int32_t length = l->kernel_x * l->channels, row = l->width * l->channels;
{% if padded %}
    const int32_t left = (x * l->stride_x - l->pad_x) * l->channels;
    const int32_t top = y * l->stride_y - l->pad_y;
    for (int32_t iy = top; iy < top + l->kernel_y; iy++)
        for (int32_t i = left; i < left + length; i++)
            *patch++ = iy >= 0 && iy < l->height && i >= 0 && i < row ? in[iy * row + i] : l->input_zero;
{% else %}
    const int8_t *from = in + y * l->stride_y * row + x * l->stride_x * l->channels;
    for (int32_t ky = 0; ky < l->kernel_y; ky++, from += row)
        UNROLL for (int32_t i = 0; i < length; i++) {
            *patch++ = from[i];
            KEEP_LOOP;
        }
{% endif %}
}
{% endif %}
{% if depthwise_patch %}

/* As for a convolution, but with the channels apart: one channel's values follow one another. */
static void gather_channels(const Layer *l, const int8_t *in, int32_t y, int32_t x, int8_t *patch)
{
    for (int32_t c = 0; c < l->channels; c++)
        for (int32_t ky = 0; ky < l->kernel_y; ky++)
            for (int32_t kx = 0; kx < l->kernel_x; kx++) {
                const int32_t iy = y * l->stride_y - l->pad_y + ky;
                const int32_t ix = x * l->stride_x - l->pad_x + kx;
                const int inside = iy >= 0 && iy < l->height && ix >= 0 && ix < l->width;
                *patch++ = inside ? in[(iy * l->width + ix) * l->channels + c] : l->input_zero;
            }
}
{% endif %}
{% for kernel in kernels %}

{% set encoding = kernel.encoding %}
{% if kernel.kind == "dense" %}
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out)
{
    {{ first_row(encoding) | trim | indent }}
    for (int32_t c = 0; c < l->rows; c++) {
        const int8_t *x = in;
        {{ sums(1) | trim | indent(8) }}
        {{ dot(encoding, 1) | trim | indent(8) }}
        *out++ = requantize(l, c, acc0);
    }
}
{% elif kernel.kind == "depthwise" %}
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out)
{
    int8_t patch[{{ depthwise_patch }}];
    for (int32_t y = 0; y < l->out_height; y++)
        for (int32_t i = 0; i < l->out_width; i++) {
            {{ first_row(encoding) | trim | indent(12) }}
            gather_channels(l, in, y, i, patch);
            for (int32_t c = 0; c < l->rows; c++) {
                const int8_t *x = patch + c / l->depth_multiplier * l->columns;
                {{ sums(1) | trim | indent(16) }}
                {{ dot(encoding, 1) | trim | indent(16) }}
                *out++ = requantize(l, c, acc0);
            }
        }
}
{% elif kernel.kind == "convolution" %}
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out)
{
    int8_t patch[{{ LANES }}][PATCH];
    int32_t y = 0, i = 0, left = l->out_height * l->out_width;
    for (; left > 0; left -= {{ LANES }}, out += {{ LANES }} * l->rows) {
        for (int32_t lane = 0; lane < {{ LANES }}; lane++) { /* past the end, the last position again */
            gather(l, in, y, i, patch[lane]);
            if (lane + 1 < left && ++i == l->out_width) {
                i = 0;
                y++;
            }
        }
        {{ first_row(encoding) | trim | indent(8) }}
        for (int32_t c = 0; c < l->rows; c++) {
            const int8_t *x = patch[0];
            {{ sums(LANES) | trim | indent(12) }}
            {{ dot(encoding, LANES) | trim | indent(12) }}
            out[c] = requantize(l, c, acc0);
{% for lane in range(1, LANES) %}
            if (left > {{ lane }})
                out[c + {{ lane }} * l->rows] = requantize(l, c, acc{{ lane }});
{% endfor %}
        }
    }
}
{% else %}
{% set parameters = {
    "max": "",
    "average": ", int32_t low, int32_t high",
    "mean": ", int32_t offset, int32_t multiplier, int32_t shift, int32_t zero",
}[kernel.pooling] %}
{% if kernel.pooling == "max" %}
/* The maximum is of the sums themselves: it commutes with what follows, which never turns a larger into a smaller. */
{% endif %}
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out{{ parameters }})
{
    int8_t patch[{{ LANES }}][PATCH];
    int32_t pooled[{{ pooled_channels }}];
    const int32_t window = l->pool_y * l->pool_x;
    for (int32_t c = 0; c < l->rows; c++) { /* only for compilers that see it used before it is set */
        pooled[c] = 0;
        KEEP_LOOP;
    }
    for (int32_t y = 0; y < l->out_height; y++)
        for (int32_t i = 0; i < l->out_width; i++) {
            int32_t py = 0, px = 0;
            for (int32_t done = 0; done < window; done += {{ LANES }}) {
                for (int32_t lane = 0; lane < {{ LANES }}; lane++) { /* past the end, the last position again */
                    gather(l, in, y * l->pool_stride_y + py, i * l->pool_stride_x + px, patch[lane]);
                    if (px + 1 < l->pool_x) {
                        px++;
                    } else if (py + 1 < l->pool_y) {
                        px = 0;
                        py++;
                    }
                }
                {{ first_row(encoding) | trim | indent(16) }}
                for (int32_t c = 0; c < l->rows; c++) {
                    const int8_t *x = patch[0];
                    {{ sums(LANES) | trim | indent(20) }}
                    {{ dot(encoding, LANES) | trim | indent(20) }}
{% if kernel.pooling == "max" %}
{% for lane in range(1, LANES) %}
                    if (acc{{ lane }} > acc0)
                        acc0 = acc{{ lane }};
{% endfor %}
                    if (done == 0 || acc0 > pooled[c])
                        pooled[c] = acc0;
{% else %}
                    pooled[c] = (done ? pooled[c] : 0) + requantize(l, c, acc0);
{% for lane in range(1, LANES) %}
                    if (window - done > {{ lane }})
                        pooled[c] += requantize(l, c, acc{{ lane }});
{% endfor %}
{% endif %}
                }
            }
            for (int32_t c = 0; c < l->rows; c++)
{% if kernel.pooling == "max" %}
                *out++ = requantize(l, c, pooled[c]);
{% elif kernel.pooling == "average" %}
                *out++ = clamp(average(pooled[c], window), low, high);
{% else %}
                *out++ = clamp(scale(pooled[c] - offset, multiplier, shift) + zero, -128, 127);
{% endif %}
        }
}
{% endif %}
{% endfor %}
