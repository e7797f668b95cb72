typedef struct {
    DIMENSION height, width, channels, out_height, out_width;
    DIMENSION kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x;
    int8_t low, high;
} Pool;
{% for kind in ("max", "average") if kind in kinds %}

static void {{ kind }}_pool(const Pool *p, const int8_t *in, int8_t *out)
{
    for (int32_t y = 0; y < p->out_height; y++)
        for (int32_t x = 0; x < p->out_width; x++) {
            const int32_t top = y * p->stride_y - p->pad_y, left = x * p->stride_x - p->pad_x;
            const int32_t y0 = top < 0 ? 0 : top, x0 = left < 0 ? 0 : left;
            const int32_t y1 = top + p->kernel_y < p->height ? top + p->kernel_y : p->height;
            const int32_t x1 = left + p->kernel_x < p->width ? left + p->kernel_x : p->width;
            for (int32_t c = 0; c < p->channels; c++) {
                int32_t pooled = {{ -128 if kind == "max" else 0 }};
                for (int32_t iy = y0; iy < y1; iy++)
                    for (int32_t ix = x0; ix < x1; ix++) {
                        const int32_t v = in[(iy * p->width + ix) * p->channels + c];
{% if kind == "max" %}
                        if (v > pooled)
                            pooled = v;
{% else %}
                        pooled += v;
{% endif %}
                    }
{% if kind == "average" %}
                pooled = average(pooled, (y1 - y0) * (x1 - x0));
{% endif %}
                *out++ = clamp(pooled, p->low, p->high);
            }
        }
}
{% endfor %}
