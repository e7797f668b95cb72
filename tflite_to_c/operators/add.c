typedef struct {
    int32_t multiplier_a, multiplier_b, multiplier;
    int8_t shift_a, shift_b, shift, zero_a, zero_b, zero, low, high;
} Add;

static void add(const Add *p, const int8_t *a, const int8_t *b, int8_t *out, int32_t size)
{
    for (int32_t i = 0; i < size; i++) {
        const int32_t sum = scale((a[i] - p->zero_a) * (1 << 20), p->multiplier_a, p->shift_a)
                          + scale((b[i] - p->zero_b) * (1 << 20), p->multiplier_b, p->shift_b);
        out[i] = clamp(scale(sum, p->multiplier, p->shift) + p->zero, p->low, p->high);
    }
}
{% if repeats %}

/* b is repeated along a. */
static void add_rows(const Add *p, const int8_t *a, const int8_t *b, int8_t *out, int32_t rows, int32_t columns)
{
    for (; rows > 0; rows--, a += columns, out += columns)
        add(p, a, b, out, columns);
}
{% endif %}
