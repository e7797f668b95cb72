{% from "templates/dot.c" import dot, ends, fetch, first_row, narrow, sums with context %}

{% macro shared() %}
{% if wide %}
#ifdef DUAL
/* Four values as 16-bit ones; moves on, past those of the other positions. */
#define WIDEN_FOUR(from, to)                                                                        \
    do {                                                                                            \
        uint32_t a, b, c;                                                                           \
        __asm__ volatile("ldr %[a], [%[f]], #4\n sxtb16 %[b], %[a]\n sxtb16 %[a], %[a], ror #8\n"     \
                         "pkhbt %[c], %[b], %[a], lsl #16\n pkhtb %[b], %[a], %[b], asr #16\n"       \
                         "strd %[c], %[b], [%[t]], #{{ 8 * LANES }}\n"                                \
                         : [f] "+r"(from), [t] "+r"(to), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c)   \
                         :                                                                          \
                         : "memory");                                                               \
    } while (0)
#endif

#ifdef DUAL
#define APART 4 /* from one position's first value to the next's */
#else
#define APART 1
#endif

/* Where a position's value i stands among those of {{ LANES }}: four of each in turn, or all of one column. */
static inline int32_t place_of(int32_t i)
{
#ifdef DUAL
    return {{ LANES }} * (i & ~3) + (i & 3);
#else
    return {{ LANES }} * i;
#endif
}

/* As 16-bit values, beside those of {{ LANES - 1 }} other positions; i: how many of this position's came before. */
static int32_t widen(const int8_t *from, int32_t count, int16_t *patch, int32_t i)
{
    int32_t left = count;
#ifdef DUAL
    if ((i & 3) == 0) {
        int16_t *to = patch + {{ LANES }} * i;
        for (; left >= 4; left -= 4)
            WIDEN_FOUR(from, to);
        i += count - left;
    }
#endif
    for (; left > 0; left--, i++)
        patch[place_of(i)] = *from++;
    return i;
}

static int32_t fill(int32_t value, int32_t count, int16_t *patch, int32_t i)
{
    for (; count > 0; count--, i++)
        patch[place_of(i)] = (int16_t)value;
    return i;
}

/* What the kernel sees at one output position{{ "; outside the input it sees the zero point" if padded }}. */
static void gather_wide(const Layer *l, const int8_t *in, int32_t y, int32_t x, int16_t *patch)
{
    const int32_t length = l->kernel_x * l->channels, row = l->width * l->channels;
    int32_t i = 0;
{% if padded %}
    const int32_t left = (x * l->stride_x - l->pad_x) * l->channels, top = y * l->stride_y - l->pad_y;
    const int32_t begin = left < 0 ? 0 : left, end = left + length > row ? row : left + length;
    for (int32_t iy = top; iy < top + l->kernel_y; iy++) {
        if (iy < 0 || iy >= l->height) {
            i = fill(l->input_zero, length, patch, i);
            continue;
        }
        i = fill(l->input_zero, begin - left, patch, i);
        i = widen(in + iy * row + begin, end - begin, patch, i);
        i = fill(l->input_zero, left + length - end, patch, i);
    }
{% else %}
    const int8_t *from = in + y * l->stride_y * row + x * l->stride_x * l->channels;
    for (int32_t ky = 0; ky < l->kernel_y; ky++, from += row)
        i = widen(from, length, patch, i);
{% endif %}
    fill(0, -i & 3, patch, i);
}
{% endif %}
{% if bytewise %}
#define PATCH {{ patch }}
{% endif %}
{% if spreads %}

/* As below, of an input whose values lie apart, with the zero point between them. */
static void gather_spread(const Layer *l, const int8_t *in, int32_t y, int32_t x, int8_t *patch)
{
    for (int32_t ky = y - l->pad_y; ky < y - l->pad_y + l->kernel_y; ky++)
        for (int32_t kx = x - l->pad_x; kx < x - l->pad_x + l->kernel_x; kx++) {
            const int32_t iy = ky / l->spread_y, ix = kx / l->spread_x;
            const int on = ky >= 0 && kx >= 0 && ky == iy * l->spread_y && kx == ix * l->spread_x;
            const int inside = on && iy < l->height && ix < l->width;
            for (int32_t c = 0; c < l->channels; c++)
                *patch++ = inside ? in[(iy * l->width + ix) * l->channels + c] : l->input_zero;
        }
}
{% endif %}
{% if gathers %}

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
{% endmacro %}

{% macro kernel(kernel) %}
{% set encoding = kernel.encoding %}
{% set wide = encoding == "pairs" %}
{% set type, gather, lane = ("int16_t", "gather_wide", "lane * APART") if wide else ("int8_t", "gather", "lane * PATCH") %}
{% if kernel.kind.endswith("transposed") %}
{% set gather = "gather_spread" %}
{% endif %}
{% if not kernel.pooling %}
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out, {{ type }} *patch)
{
    int32_t y = 0, i = 0, left = l->out_height * l->out_width;
{% if wide %}
    const int32_t rows = l->rows;
    {{ ends() | trim | indent }}
{% endif %}
    for (; left > 0; left -= {{ LANES }}, out += {{ LANES }} * l->rows) {
        for (int32_t lane = 0; lane < {{ LANES }}; lane++) { /* past the end, the last position again */
            {{ gather }}(l, in, y, i, patch + {{ lane }});
            if (lane + 1 < left && ++i == l->out_width) {
                i = 0;
                y++;
            }
        }
        {{ first_row(encoding) | trim | indent(8) }}
        for (int32_t c = 0; c < l->rows; c++) {
            const {{ type }} *x = patch;
            {{ sums(LANES) | trim | indent(12) }}
            {{ dot(encoding, LANES) | trim | indent(12) }}
{% if wide %}
            {{ fetch(0) | trim | indent(12) }}
            int8_t *to = out + c;
            *to = {{ narrow("acc0", 0) }};
{% for lane in range(1, LANES) %}
            if (left > {{ lane }})
                *(to += rows) = {{ narrow("acc%d" % lane, 0) }};
{% endfor %}
{% else %}
            out[c] = requantize(l, c, acc0);
{% for lane in range(1, LANES) %}
            if (left > {{ lane }})
                out[c + {{ lane }} * l->rows] = requantize(l, c, acc{{ lane }});
{% endfor %}
{% endif %}
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
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out, {{ type }} *patch, int32_t *pooled{{ parameters }})
{
    const int32_t window = l->pool_y * l->pool_x;
    for (int32_t y = 0; y < l->out_height; y++)
        for (int32_t i = 0; i < l->out_width; i++) {
            int32_t py = 0, px = 0;
            for (int32_t done = 0; done < window; done += {{ LANES }}) {
                for (int32_t lane = 0; lane < {{ LANES }}; lane++) { /* past the end, the last position again */
                    {{ gather }}(l, in, y * l->pool_stride_y + py, i * l->pool_stride_x + px, patch + {{ lane }});
                    if (px + 1 < l->pool_x) {
                        px++;
                    } else if (py + 1 < l->pool_y) {
                        px = 0;
                        py++;
                    }
                }
                {{ first_row(encoding) | trim | indent(16) }}
                for (int32_t c = 0; c < l->rows; c++) {
                    const {{ type }} *x = patch;
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
{% endmacro %}
