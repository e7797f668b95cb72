static void limit(const int8_t *in, int8_t *out, int32_t size, int32_t low, int32_t high)
{
    for (int32_t i = 0; i < size; i++)
        out[i] = clamp(in[i], low, high);
}
