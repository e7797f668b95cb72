typedef struct {
    int32_t multiplier_a, multiplier_b, multiplier;
    int8_t shift_a, shift_b, shift, zero_a, zero_b, zero, low, high, reversed;
} Subtract;

static void subtract(const Subtract *p, const int8_t *a, const int8_t *b, int8_t *out, int32_t size)
{
    for (int32_t i = 0; i < size; i++) {
        const int32_t scaled_a = scale((a[i] - p->zero_a) * (1 << 20), p->multiplier_a, p->shift_a);
        const int32_t scaled_b = scale((b[i] - p->zero_b) * (1 << 20), p->multiplier_b, p->shift_b);
        const int32_t difference = p->reversed ? scaled_b - scaled_a : scaled_a - scaled_b;
        out[i] = clamp(scale(difference, p->multiplier, p->shift) + p->zero, p->low, p->high);
    }
}
{% if repeats %}

/* b is repeated along a. */
static void subtract_rows(const Subtract *p, const int8_t *a, const int8_t *b, int8_t *out, int32_t rows,
                          int32_t columns)
{
    for (; rows > 0; rows--, a += columns, out += columns)
        subtract(p, a, b, out, columns);
}
{% endif %}
