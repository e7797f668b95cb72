{% from "templates/dot.c" import dot, ends, fetch, first_row, narrow, sums with context %}

{% macro shared() %}
{% if apart %}
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
{% if taps %}
#define TAPS {{ taps }}
{% endif %}
{% endmacro %}

{% macro kernel(kernel) %}
{% set encoding = kernel.encoding %}
{% if encoding == "taps" %}
/* For each of the kernel's places the values of all channels, where they lie; `outside` holds the zero point. */
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out, int8_t *outside)
{
    const int8_t *seen[TAPS];
    const int32_t step = (l->rows + 3) & ~3, row = l->width * l->channels;
    {{ ends() | trim | indent }}
{% if padded_taps %}
    for (int32_t c = 0; outside && c < step; c++) {
        outside[c] = l->input_zero;
        KEEP_LOOP;
    }
{% else %}
    (void)outside;
{% endif %}
    for (int32_t y = 0; y < l->out_height; y++)
        for (int32_t i = 0; i < l->out_width; i++) {
            const int32_t top = y * l->stride_y - l->pad_y, left = i * l->stride_x - l->pad_x;
            int32_t taps = 0;
            for (int32_t iy = top; iy < top + l->kernel_y; iy++) {
                const int8_t *from = in + iy * row + left * l->channels;
                for (int32_t ix = left; ix < left + l->kernel_x; ix++, from += l->channels)
{% if padded_taps %}
                    seen[taps++] = iy >= 0 && iy < l->height && ix >= 0 && ix < l->width ? from : outside;
{% else %}
                    seen[taps++] = from;
{% endif %}
            }
            int32_t c = 0;
#ifdef DUAL
            for (; c + 4 <= l->rows; c += 4) {
                const int8_t *w = l->values + c;
                int32_t acc0 = l->bias[c], acc1 = l->bias[c + 1], acc2 = l->bias[c + 2], acc3 = l->bias[c + 3];
                const int8_t *const *from = seen, *const *const end = seen + taps;
                do
                    FOUR_CHANNELS(from, c, w, step, acc0, acc1, acc2, acc3);
                while (from != end);
{% for lane in range(4) %}
                {{ fetch(lane) | trim | indent(16) }}
{% endfor %}
{% for lane in range(4) %}
                out[{{ lane }}] = {{ narrow("acc%d" % lane, lane) }};
{% endfor %}
                out += 4;
            }
#endif
            for (; c < l->rows; c++) {
                const int8_t *w = l->values + c;
                int32_t acc0 = l->bias[c];
                for (int32_t tap = 0; tap < taps; tap++, w += step)
                    acc0 += *w * seen[tap][c];
                {{ fetch(0) | trim | indent(16) }}
                *out++ = {{ narrow("acc0", 0) }};
            }
        }
}
{% else %}
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch)
{
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
{% endif %}
{% endmacro %}
