typedef struct {
    DIMENSION side[4], stride[4];
} Rearrange;

static void rearrange(const Rearrange *p, const int8_t *in, int8_t *out)
{
    for (int32_t a = 0; a < p->side[0]; a++)
        for (int32_t b = 0; b < p->side[1]; b++)
            for (int32_t c = 0; c < p->side[2]; c++) {
                const int32_t row = a * p->stride[0] + b * p->stride[1] + c * p->stride[2];
                for (int32_t d = 0; d < p->side[3]; d++)
                    *out++ = in[row + d * p->stride[3]];
            }
}
