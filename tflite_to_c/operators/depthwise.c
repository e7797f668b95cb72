{% from "templates/dot.c" import dot, ends, first_row, narrow, sums, times with context %}

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
    const int32_t taps = l->kernel_y * l->kernel_x, along = l->stride_x * l->channels;
    const int8_t *const values = l->values, *const shift = l->shift;
    const int32_t *const bias = l->bias, *const multiplier = l->multiplier;
{% if one_factor %}
    const int32_t factor_step = l->factor_step;
{% endif %}
    {{ ends() | trim | indent }}
{% if padded_taps %}
    for (int32_t c = 0; outside && c < step; c++) {
        outside[c] = l->input_zero;
        KEEP_LOOP;
    }
{% else %}
    (void)outside;
{% endif %}
    for (int32_t y = 0; y < l->out_height; y++) {
        int follows = 0; /* were all places of the position before, of the same row, inside the input? */
        for (int32_t i = 0; i < l->out_width; i++) {
            const int32_t top = y * l->stride_y - l->pad_y, left = i * l->stride_x - l->pad_x;
{% if padded_taps %}
            const int inside = top >= 0 && top + l->kernel_y <= l->height && left >= 0 && left + l->kernel_x <= l->width;
{% endif %}
            if ({{ "inside && follows" if padded_taps else "follows" }}) {
                for (int32_t tap = 0; tap < taps; tap++)
                    seen[tap] += along;
            } else {
                const int8_t **next = seen;
                for (int32_t iy = top; iy < top + l->kernel_y; iy++) {
                    const int8_t *from = in + iy * row + left * l->channels;
                    for (int32_t ix = left; ix < left + l->kernel_x; ix++, from += l->channels)
{% if padded_taps %}
                        *next++ = iy >= 0 && iy < l->height && ix >= 0 && ix < l->width ? from : outside;
{% else %}
                        *next++ = from;
{% endif %}
                }
            }
            follows = {{ "inside" if padded_taps else "1" }};
            int32_t c = 0;
#ifdef DUAL
            for (; c + 4 <= l->rows; c += 4) {
                const int8_t *w = values + c;
                const int32_t *const b = bias + c, *const m = multiplier + {{ "c * factor_step" if one_factor else "c" }};
                const int8_t *const s = shift + {{ "c * factor_step" if one_factor else "c" }};
                int32_t acc0 = b[0], acc1 = b[1], acc2 = b[2], acc3 = b[3];
                const int8_t *const *from = seen, *const *const end = seen + taps;
                do
                    FOUR_CHANNELS(from, c, w, step, acc0, acc1, acc2, acc3);
                while (from != end);
{% for lane in range(4) %}
{% set place = ("%d * factor_step" % lane if lane else 0) if one_factor else lane %}
                const int32_t multiplier{{ lane }} = m[{{ place }}], shift{{ lane }} = s[{{ place }}];
{% endfor %}
{% for lane in range(4) %}
                out[{{ lane }}] = {{ narrow("acc%d" % lane, lane) }};
{% endfor %}
                out += 4;
            }
#endif
            for (; c < l->rows; c++) {
                const int8_t *w = values + c;
                int32_t acc0 = bias[c];
                for (int32_t tap = 0; tap < taps; tap++, w += step)
                    acc0 += {{ times("*w", "seen[tap][c]") }};
                const int32_t multiplier0 = multiplier[{{ "c * factor_step" if one_factor else "c" }}];
                const int32_t shift0 = shift[{{ "c * factor_step" if one_factor else "c" }}];
                *out++ = {{ narrow("acc0", 0) }};
            }
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
