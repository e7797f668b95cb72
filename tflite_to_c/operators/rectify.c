typedef struct {
    int32_t above, below; /* multipliers for inputs from the zero point up, and below it */
    int8_t above_shift, below_shift, input_zero, output_zero, low, high;
} Rectify;

static void rectify(const Rectify *r, const int8_t *in, int8_t *out, int32_t size)
{
    for (int32_t i = 0; i < size; i++) {
        const int32_t x = in[i] - r->input_zero;
        const int32_t y = x >= 0 ? scale(x, r->above, r->above_shift) : scale(x, r->below, r->below_shift);
        out[i] = clamp(y + r->output_zero, r->low, r->high);
    }
}
