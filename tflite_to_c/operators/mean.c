/* The mean over `count` positions of each channel; `offset` is the zero point times their number. */
static void mean(const int8_t *in, int8_t *out, int32_t count, int32_t channels, int32_t offset,
                 int32_t multiplier, int32_t shift, int32_t output_zero)
{
    for (int32_t c = 0; c < channels; c++) {
        int32_t sum = -offset;
        for (int32_t i = 0; i < count; i++)
            sum += in[i * channels + c];
        out[c] = clamp(scale(sum, multiplier, shift) + output_zero, -128, 127);
    }
}
