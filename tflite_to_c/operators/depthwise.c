{% from "templates/dot.c" import dot, first_row, sums with context %}

{% macro shared() %}
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
{% endmacro %}

{% macro kernel(kernel) %}
{% set encoding = kernel.encoding %}
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
{% endmacro %}
