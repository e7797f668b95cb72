{% from "templates/dot.c" import dot, first_row, sums with context %}

{% macro shared() %}
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
{% endmacro %}

{% macro kernel(kernel) %}
{% set encoding = kernel.encoding %}
{% if not kernel.pooling %}
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch)
{
    int32_t y = 0, i = 0, left = l->out_height * l->out_width;
    for (; left > 0; left -= {{ LANES }}, out += {{ LANES }} * l->rows) {
        for (int32_t lane = 0; lane < {{ LANES }}; lane++) { /* past the end, the last position again */
            gather(l, in, y, i, patch + lane * PATCH);
            if (lane + 1 < left && ++i == l->out_width) {
                i = 0;
                y++;
            }
        }
        {{ first_row(encoding) | trim | indent(8) }}
        for (int32_t c = 0; c < l->rows; c++) {
            const int8_t *x = patch;
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
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch, int32_t *pooled{{ parameters }})
{
    const int32_t window = l->pool_y * l->pool_x;
    for (int32_t y = 0; y < l->out_height; y++)
        for (int32_t i = 0; i < l->out_width; i++) {
            int32_t py = 0, px = 0;
            for (int32_t done = 0; done < window; done += {{ LANES }}) {
                for (int32_t lane = 0; lane < {{ LANES }}; lane++) { /* past the end, the last position again */
                    gather(l, in, y * l->pool_stride_y + py, i * l->pool_stride_x + px, patch + lane * PATCH);
                    if (px + 1 < l->pool_x) {
                        px++;
                    } else if (py + 1 < l->pool_y) {
                        px = 0;
                        py++;
                    }
                }
                {{ first_row(encoding) | trim | indent(16) }}
                for (int32_t c = 0; c < l->rows; c++) {
                    const int8_t *x = patch;
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
