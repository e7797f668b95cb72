typedef struct {
    int32_t multiplier;
    int8_t shift, zero_a, zero_b, zero, low, high;
} Multiply;

static void multiply(const Multiply *p, const int8_t *a, const int8_t *b, int8_t *out, int32_t size)
{
    for (int32_t i = 0; i < size; i++) {
        const int32_t product = (a[i] - p->zero_a) * (b[i] - p->zero_b);
        out[i] = clamp(scale(product, p->multiplier, p->shift) + p->zero, p->low, p->high);
    }
}
{% if repeats %}

/* b is repeated along a. */
static void multiply_rows(const Multiply *p, const int8_t *a, const int8_t *b, int8_t *out, int32_t rows,
                          int32_t columns)
{
    for (; rows > 0; rows--, a += columns, out += columns)
        multiply(p, a, b, out, columns);
}
{% endif %}
