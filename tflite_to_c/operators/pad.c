typedef struct {
    DIMENSION height, width, channels, out_height, out_width, top, left;
    int8_t value;
} Pad;

static void pad(const Pad *p, const int8_t *in, int8_t *out)
{
    for (int32_t y = -p->top; y < p->out_height - p->top; y++)
        for (int32_t x = -p->left; x < p->out_width - p->left; x++) {
            const int inside = y >= 0 && y < p->height && x >= 0 && x < p->width;
            for (int32_t c = 0; c < p->channels; c++)
                *out++ = inside ? in[(y * p->width + x) * p->channels + c] : p->value;
        }
}
