/* 3500B-3.tflite in C; made by a generator, do not edit. How to use it: model_3500b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: coded, 39 bytes for 108 weights
   - layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D: coded, 433 bytes for 1,296 weights
   - layer 3, operator CONV_2D: coded, 715 bytes for 2,160 weights
   - layer 4, operator CONV_2D, and layer 5, operator MAX_POOL_2D: coded, 1,196 bytes for 3,600 weights
   - layer 7, operator FULLY_CONNECTED: coded, 1,044 bytes for 3,200 weights
*/
#include "model_3500b.h"

static inline int8_t clamp(int32_t x, int32_t low, int32_t high)
{
    return (int8_t)(x < low ? low : x > high ? high : x);
}

static inline int32_t upper_product(int32_t x, int32_t multiplier) /* x * multiplier / 2^31, halves up */
{
#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP)
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(x * 2), "r"(multiplier));
    return high;
#else
    return (int32_t)(((int64_t)x * multiplier + (1 << 30)) >> 31);
#endif
}

/* x * multiplier / 2^31 / 2^shift, rounded twice: halves up, then halves away from zero. For shifts from 1 to 31. In the fewest instructions. */
static inline int32_t scale(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t high = upper_product(x, multiplier);
    return (((high + (high >> 31)) >> (shift - 1)) + 1) >> 1;
}

typedef int16_t DIMENSION;

typedef uint8_t COUNT;

typedef struct {
    const int32_t *bias; /* with the input's zero point folded in */
    const int32_t *multiplier; /* of each output channel, or of all, over 2^31 */
    const int8_t *shift;       /* right, after the multiplication */
    const uint8_t *codes;
    const int8_t *values; /* weights, or tables of them */
    const COUNT *counts;  /* weights stored of each row */
    DIMENSION table_step; /* from one row's table to the next */
    DIMENSION height, width, channels, rows, columns;
    DIMENSION kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x;
    DIMENSION out_height, out_width;
    DIMENSION pool_y, pool_x, pool_stride_y, pool_stride_x;
    DIMENSION factor_step; /* from one row's multiplier and shift to the next */
    int8_t input_zero, output_zero, low, high;
} Layer;

static inline int8_t requantize(const Layer *l, int32_t c, int32_t sum)
{
    const int32_t i = c * l->factor_step;
    return clamp(scale(sum, l->multiplier[i], l->shift[i]) + l->output_zero, l->low, l->high);
}

#if defined(__GNUC__)
#define KEEP_LOOP __asm__ volatile("") /* else compilers call memcpy or memset, for a few bytes */
#define UNROLL _Pragma("GCC unroll 4")
#else
#define KEEP_LOOP (void)0
#define UNROLL
#endif

/* Weights in Huffman codes, of 2 to 4 bits: the weights in the order of their codes; for each length where its codes
   end, as if they were of the longest; and the place of its first weight, less its first code. */
static const int8_t code_values[] = {-1, 0, -2, 1, 2, -3, 3};
static const uint16_t code_ends[] = {8, 14, 16};
static const int16_t code_offsets[] = {0, -2, -9};

typedef struct {
    const uint8_t *next;
    uint32_t bits; /* the next 4 of them and more, the first one highest */
    int32_t held;  /* how many */
} Coded;

static int32_t next_weight(Coded *coded)
{
    int32_t length = 2;
    for (; coded->held < 4; coded->held += 8)
        coded->bits |= (uint32_t)*coded->next++ << (24 - coded->held);
    const int32_t code = (int32_t)(coded->bits >> 28);
    while (code >= code_ends[length - 2])
        length++;
    coded->bits <<= length;
    coded->held -= length;
    return code_values[code_offsets[length - 2] + (code >> (4 - length))];
}

#define PATCH 180

/* Copies what the kernel sees at one output position. */
static void gather(const Layer *l, const int8_t *in, int32_t y, int32_t x, int8_t *patch)
{
    const int32_t length = l->kernel_x * l->channels, row = l->width * l->channels;
    const int8_t *from = in + y * l->stride_y * row + x * l->stride_x * l->channels;
    for (int32_t ky = 0; ky < l->kernel_y; ky++, from += row)
        UNROLL for (int32_t i = 0; i < length; i++) {
            *patch++ = from[i];
            KEEP_LOOP;
        }
}

static void convolution_coded(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch)
{
    int32_t y = 0, i = 0, left = l->out_height * l->out_width;
    for (; left > 0; left -= 4, out += 4 * l->rows) {
        for (int32_t lane = 0; lane < 4; lane++) { /* past the end, the last position again */
            gather(l, in, y, i, patch + lane * PATCH);
            if (lane + 1 < left && ++i == l->out_width) {
                i = 0;
                y++;
            }
        }
        Coded coded = {l->codes, 0, 0};
        for (int32_t c = 0; c < l->rows; c++) {
            const int8_t *x = patch;
            int32_t acc0 = l->bias[c], acc1 = acc0, acc2 = acc0, acc3 = acc0;
            for (int32_t n = l->columns; n > 0; n--, x++) {
                const int32_t v = next_weight(&coded);
                acc0 += v * x[0];
                acc1 += v * x[1 * PATCH];
                acc2 += v * x[2 * PATCH];
                acc3 += v * x[3 * PATCH];
            }
            out[c] = requantize(l, c, acc0);
            if (left > 1)
                out[c + 1 * l->rows] = requantize(l, c, acc1);
            if (left > 2)
                out[c + 2 * l->rows] = requantize(l, c, acc2);
            if (left > 3)
                out[c + 3 * l->rows] = requantize(l, c, acc3);
        }
    }
}

/* The maximum is of the sums themselves: it commutes with what follows, which never turns a larger into a smaller. */
static void max_pooled_convolution_coded(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch, int32_t *pooled)
{
    const int32_t window = l->pool_y * l->pool_x;
    for (int32_t y = 0; y < l->out_height; y++)
        for (int32_t i = 0; i < l->out_width; i++) {
            int32_t py = 0, px = 0;
            for (int32_t done = 0; done < window; done += 4) {
                for (int32_t lane = 0; lane < 4; lane++) { /* past the end, the last position again */
                    gather(l, in, y * l->pool_stride_y + py, i * l->pool_stride_x + px, patch + lane * PATCH);
                    if (px + 1 < l->pool_x) {
                        px++;
                    } else if (py + 1 < l->pool_y) {
                        px = 0;
                        py++;
                    }
                }
                Coded coded = {l->codes, 0, 0};
                for (int32_t c = 0; c < l->rows; c++) {
                    const int8_t *x = patch;
                    int32_t acc0 = l->bias[c], acc1 = acc0, acc2 = acc0, acc3 = acc0;
                    for (int32_t n = l->columns; n > 0; n--, x++) {
                        const int32_t v = next_weight(&coded);
                        acc0 += v * x[0];
                        acc1 += v * x[1 * PATCH];
                        acc2 += v * x[2 * PATCH];
                        acc3 += v * x[3 * PATCH];
                    }
                    if (acc1 > acc0)
                        acc0 = acc1;
                    if (acc2 > acc0)
                        acc0 = acc2;
                    if (acc3 > acc0)
                        acc0 = acc3;
                    if (done == 0 || acc0 > pooled[c])
                        pooled[c] = acc0;
                }
            }
            for (int32_t c = 0; c < l->rows; c++)
                *out++ = requantize(l, c, pooled[c]);
        }
}

static void dense_coded(const Layer *l, const int8_t *in, int8_t *out)
{
    Coded coded = {l->codes, 0, 0};
    for (int32_t c = 0; c < l->rows; c++) {
        const int8_t *x = in;
        int32_t acc0 = l->bias[c];
        for (int32_t n = l->columns; n > 0; n--, x++) {
            const int32_t v = next_weight(&coded);
            acc0 += v * x[0];
        }
        *out++ = requantize(l, c, acc0);
    }
}

#if defined(__GNUC__)
#define KEEP_LOOP __asm__ volatile("") /* else compilers call memcpy or memset, for a few bytes */
#define UNROLL _Pragma("GCC unroll 4")
#else
#define KEEP_LOOP (void)0
#define UNROLL
#endif

/* `to` may lie before `from`, over it. */
static void copy_line(int8_t *to, int32_t count, const int8_t *from)
{
#if defined(__GNUC__) && defined(__ARM_FEATURE_UNALIGNED)
    for (; count >= 4; count -= 4, to += 4, from += 4) {
        uint32_t four;
        __builtin_memcpy(&four, from, 4); /* one load, and one store */
        __builtin_memcpy(to, &four, 4);
        KEEP_LOOP;
    }
#endif
    for (; count > 0; count--) {
        *to++ = *from++;
        KEEP_LOOP;
    }
}

/* All lines move up by one, over the oldest. Returns the last, which is free. */
static int8_t *next_line(int8_t *lines, int32_t bytes, int32_t width)
{
    copy_line(lines, bytes - width, lines + width);
    return lines + bytes - width;
}

static const int32_t rows_1_convolution_1_bias[12] = {
    -261,129,86,193,-167,87,-484,201,-679,-610,-226,116,
};
static const int32_t rows_1_convolution_1_multiplier[1] = {
    1085772479,
};
static const int8_t rows_1_convolution_1_shift[1] = {
    2,
};
static const uint8_t rows_1_convolution_1_codes[39] = {
    99,215,225,135,5,46,187,174,149,97,219,39,237,124,100,226,91,169,240,172,188,113,174,163,242,54,77,38,123,130,177,
    179,210,177,35,183,216,114,0,
};
static const Layer rows_1_convolution_1 = {
    .bias = rows_1_convolution_1_bias, .multiplier = rows_1_convolution_1_multiplier,
    .shift = rows_1_convolution_1_shift, .codes = rows_1_convolution_1_codes, .rows = 12, .columns = 9, .height = 3,
    .width = 28, .channels = 1, .out_height = 1, .out_width = 26, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .input_zero = -128, .output_zero = -119, .low = -119, .high = 127
};

static const int32_t rows_1_convolution_2_bias[12] = {
    -4395,-4564,-1189,-6371,-6466,-2377,-2994,-6976,-1231,-6612,-7290,-713,
};
static const int32_t rows_1_convolution_2_multiplier[1] = {
    1238116364,
};
static const int8_t rows_1_convolution_2_shift[1] = {
    3,
};
static const uint8_t rows_1_convolution_2_codes[433] = {
    4,212,2,219,69,37,24,219,100,122,222,231,36,67,40,182,129,198,71,52,231,141,201,89,200,210,244,68,108,181,95,161,14,
    175,48,104,129,90,165,129,253,139,117,47,74,86,202,50,184,166,172,172,84,47,103,153,41,10,28,242,101,170,7,49,98,
    115,66,166,32,126,232,174,191,221,172,41,28,145,27,122,243,119,230,139,55,215,190,243,9,189,102,189,251,132,153,227,
    85,59,247,243,3,72,63,122,147,190,58,162,31,6,90,77,211,96,238,172,238,224,30,239,242,37,131,223,78,192,225,229,120,
    229,246,116,6,22,197,231,173,85,110,235,45,173,60,157,68,22,238,144,89,203,214,4,173,234,145,192,83,90,137,27,100,
    129,6,69,20,97,101,171,170,47,8,19,220,117,138,128,44,140,6,21,44,119,127,54,146,194,158,14,101,15,45,122,63,106,27,
    142,7,82,205,36,227,171,135,211,87,77,59,204,169,186,199,20,158,238,9,169,218,182,197,2,55,102,37,239,186,221,169,
    105,106,2,52,36,85,209,171,40,135,180,38,188,78,162,203,208,39,104,165,226,22,94,169,166,245,123,113,187,214,94,112,
    60,91,103,43,94,112,58,19,183,80,154,131,197,56,254,224,109,30,165,100,239,248,66,85,156,4,11,220,81,156,10,141,90,
    135,15,107,138,234,40,185,28,136,106,211,154,234,45,78,251,171,72,129,138,173,239,103,91,108,88,39,104,32,170,221,
    195,101,195,88,197,23,210,21,165,12,192,131,78,14,100,230,203,197,146,5,165,235,164,230,229,100,129,207,86,82,132,
    230,193,151,229,156,110,150,208,160,188,149,56,225,38,230,157,36,6,91,108,189,205,148,173,143,75,101,26,198,71,81,
    149,22,44,1,165,224,177,120,138,17,233,154,27,121,73,146,243,173,39,87,168,220,138,213,155,122,219,72,53,45,157,128,
    189,74,8,242,187,49,66,95,230,218,247,134,122,239,160,0,
};
static const Layer rows_1_convolution_2 = {
    .bias = rows_1_convolution_2_bias, .multiplier = rows_1_convolution_2_multiplier,
    .shift = rows_1_convolution_2_shift, .codes = rows_1_convolution_2_codes, .rows = 12, .columns = 108, .height = 4,
    .width = 26, .channels = 12, .out_height = 1, .out_width = 12, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -119,
    .output_zero = -119, .low = -119, .high = 127
};

/* Row by row: layer 0, operator CONV_2D; layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D.
   A turn makes a row of each whose rows of input are there. */
static void rows_1(const int8_t *input, int8_t *output, int32_t *words)
{
    int8_t *const scratch = (int8_t *)words;
    for (int32_t turn = 0; turn < 28; turn++) {
        int8_t *line;
        if (turn >= 2) {
            line = next_line(scratch, 1248, 312);
            convolution_coded(&rows_1_convolution_1, input + (turn - 2) * 28, line, scratch + 1248);
        }
        if (turn >= 5 && (turn - 5) % 2 == 0) {
            max_pooled_convolution_coded(&rows_1_convolution_2, scratch, output, scratch + 1296, words + 312);
            output += 144;
        }
    }
}

static const int32_t convolution_2_bias[20] = {
    -12,-795,-5906,-3037,-2056,2418,-1290,-3573,-3807,-8726,-5399,-2061,-1326,-2072,-800,-5370,-2991,-6805,-2131,-562,
};
static const int32_t convolution_2_multiplier[1] = {
    1235500402,
};
static const int8_t convolution_2_shift[1] = {
    3,
};
static const uint8_t convolution_2_codes[715] = {
    152,230,189,125,156,4,204,107,212,23,213,30,115,12,117,249,22,175,168,177,45,61,66,159,249,170,71,157,119,186,238,
    74,205,159,186,26,169,237,181,222,23,148,166,217,167,49,179,56,94,82,217,43,119,20,43,20,160,114,214,154,214,89,161,
    223,175,149,51,221,139,242,141,122,44,117,108,27,207,14,111,67,67,145,24,57,161,125,64,96,20,82,137,196,131,123,204,
    182,63,6,222,120,234,165,20,227,133,71,152,28,98,45,30,58,170,174,59,11,104,4,59,162,112,229,238,229,84,112,199,219,
    244,116,70,105,219,87,60,170,218,230,159,155,146,86,143,6,226,133,8,208,86,177,46,0,46,73,91,205,142,186,136,52,120,
    162,173,146,235,230,182,67,155,178,205,172,94,160,142,254,149,165,199,103,213,254,47,39,250,143,4,207,221,70,91,210,
    196,141,154,243,104,245,198,205,214,210,231,60,217,207,217,255,173,254,27,157,125,124,250,232,235,17,115,65,177,171,
    94,176,195,181,68,75,10,66,178,218,92,9,11,155,107,172,178,209,201,53,57,171,100,43,208,71,4,193,45,147,154,22,22,
    146,22,184,106,157,101,114,41,209,82,133,14,229,101,90,18,32,185,250,118,182,123,90,194,186,81,35,4,117,63,252,12,
    169,117,160,235,151,199,184,137,83,224,244,48,140,107,18,150,175,87,152,75,75,196,225,156,215,154,197,34,48,168,212,
    168,115,36,175,66,18,242,98,116,238,4,50,247,112,93,15,232,89,5,69,22,61,221,121,238,42,134,247,196,26,183,86,128,
    194,68,182,67,73,150,92,216,97,232,179,139,8,116,175,117,210,87,130,129,161,88,55,165,197,131,92,21,71,28,60,59,155,
    81,144,171,99,86,197,250,201,198,18,237,207,68,106,26,105,176,214,23,214,26,52,84,100,108,199,165,36,120,142,118,
    125,174,177,68,6,171,172,94,236,175,228,187,21,89,66,153,162,214,204,93,76,219,98,218,218,247,94,11,102,181,111,82,
    80,2,181,150,246,254,109,227,163,217,47,217,158,35,211,102,199,22,15,249,1,69,168,153,89,71,184,164,181,184,118,30,
    108,180,98,249,150,164,133,30,98,215,183,125,212,45,188,207,113,92,244,234,215,133,181,85,230,156,175,91,250,86,80,
    224,204,183,181,194,161,73,90,14,86,245,184,100,125,254,38,172,151,40,220,164,118,210,213,84,13,88,188,214,57,133,1,
    9,59,166,42,43,183,91,162,49,14,22,164,103,113,22,215,134,94,214,236,141,232,2,250,47,74,45,183,81,113,221,118,180,
    34,60,172,182,243,106,221,67,204,17,181,47,12,96,210,222,237,18,172,71,170,179,36,188,17,26,92,244,102,169,54,172,
    211,163,37,74,15,112,24,108,58,115,107,181,141,32,197,185,67,144,121,97,36,111,142,156,39,98,142,57,157,43,68,34,28,
    53,3,198,222,191,146,253,177,134,248,95,62,39,116,165,220,95,58,114,214,53,58,11,160,179,4,11,58,99,104,220,69,79,
    227,107,165,36,251,199,141,105,244,151,209,210,82,151,81,188,214,188,85,149,205,101,162,165,61,84,129,75,127,166,
    238,159,134,215,172,150,230,125,75,201,85,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 20, .columns = 108, .height = 12, .width = 12, .channels = 12,
    .out_height = 10, .out_width = 10, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -119,
    .output_zero = -118, .low = -118, .high = 127
};

static const int32_t convolution_3_bias[20] = {
    -9216,-6784,-4878,-6925,-5817,-4463,3055,-598,-1011,-1844,-4620,-165,-3660,-5303,-4473,-4354,-8667,-6051,782,-2532,
};
static const int32_t convolution_3_multiplier[1] = {
    1962439530,
};
static const int8_t convolution_3_shift[1] = {
    4,
};
static const uint8_t convolution_3_codes[1196] = {
    27,194,65,230,200,73,22,178,12,108,107,97,22,193,237,158,35,97,49,89,47,17,46,150,132,4,105,220,91,43,116,210,192,
    83,139,183,78,119,22,163,35,9,83,45,51,120,170,16,182,89,105,70,92,218,183,105,221,104,88,174,2,136,58,119,13,210,
    105,173,52,64,133,42,112,255,87,2,219,195,89,218,81,180,92,141,111,243,140,46,18,112,123,80,66,89,73,8,11,136,53,
    152,88,217,10,223,138,210,8,50,78,177,11,26,188,160,162,186,52,22,243,81,38,85,21,35,219,33,27,10,37,250,17,83,248,
    208,141,16,150,144,36,183,69,81,57,1,225,109,127,8,228,40,150,191,138,163,43,109,99,198,250,100,44,34,151,137,54,
    183,17,232,35,172,232,220,190,199,135,175,86,244,109,131,134,82,122,214,62,17,182,211,46,76,14,5,125,97,57,133,188,
    77,0,180,1,196,214,15,200,8,233,135,186,218,55,144,182,85,64,190,89,120,66,218,202,35,240,55,36,9,241,209,10,3,204,
    77,220,146,197,103,7,57,133,235,99,149,228,235,126,78,39,177,252,219,78,110,157,210,94,93,94,146,68,243,160,253,214,
    187,139,211,204,114,205,91,132,203,217,11,91,120,114,244,62,177,130,214,13,175,37,154,133,174,2,165,235,60,44,54,
    170,133,185,100,253,158,61,40,169,153,206,167,242,209,85,143,119,95,221,120,111,98,15,117,75,80,234,230,173,146,86,
    100,36,91,174,105,67,163,131,154,63,97,160,123,175,78,91,47,200,127,123,87,68,150,116,252,108,219,37,86,185,232,203,
    65,197,165,117,38,70,234,226,86,109,107,45,91,115,67,38,181,93,82,213,223,108,45,0,212,53,169,155,26,176,141,95,180,
    148,189,155,106,54,53,178,26,183,5,139,88,129,35,91,154,165,161,165,192,173,29,105,154,10,216,214,59,236,40,172,27,
    20,224,193,53,111,245,87,80,121,9,74,182,73,26,116,182,27,53,84,173,103,13,157,85,105,70,253,6,61,215,221,74,244,
    103,253,235,109,191,125,229,42,91,86,161,247,216,219,150,253,90,7,209,60,89,75,239,128,62,147,115,111,110,45,165,
    189,229,231,178,118,145,182,191,106,57,163,247,254,13,14,104,61,69,183,68,170,125,122,245,14,35,199,45,184,118,105,
    233,255,40,208,140,163,151,59,33,48,55,186,137,123,79,251,209,166,172,81,67,46,123,72,85,182,3,214,92,23,172,111,
    214,51,9,185,30,178,82,83,75,211,172,101,149,117,93,88,37,21,150,63,244,216,107,25,241,119,26,177,20,189,98,102,183,
    59,145,75,21,47,210,237,237,209,192,236,55,251,81,235,111,107,94,229,68,22,22,21,72,47,54,233,75,9,104,19,213,51,
    113,181,228,167,77,80,43,64,108,62,141,254,102,68,12,243,78,233,227,213,198,223,122,75,81,41,217,170,84,147,56,24,
    246,109,111,210,69,151,172,220,173,191,98,219,209,170,162,175,203,68,233,75,65,225,125,183,170,41,229,45,87,197,239,
    122,203,104,89,73,246,188,154,178,149,189,81,176,29,139,216,73,60,239,215,186,123,127,183,236,114,31,247,153,115,
    253,104,134,165,43,246,215,66,67,210,148,134,84,56,61,220,22,33,74,150,90,221,196,178,16,45,11,112,249,1,91,155,123,
    117,27,161,192,58,203,102,53,20,10,55,73,113,115,146,203,209,42,180,151,158,131,106,38,204,108,244,129,178,186,218,
    242,54,241,214,94,41,73,108,74,123,220,135,252,90,88,58,214,16,111,242,85,146,164,89,194,89,81,197,109,210,33,174,
    43,92,203,170,132,43,187,155,201,205,165,3,84,1,114,90,210,232,234,22,189,100,107,65,21,188,47,61,194,214,76,235,
    213,10,114,98,178,214,255,24,19,150,193,42,190,25,118,230,232,72,230,133,89,94,29,30,50,219,202,246,98,18,116,179,
    20,187,251,98,101,39,83,231,248,75,169,204,187,187,76,215,33,169,199,87,165,26,182,179,98,19,78,135,34,138,131,238,
    79,44,36,180,217,160,230,255,72,47,222,185,210,245,174,123,128,73,9,197,108,48,40,250,146,37,48,117,226,151,106,199,
    202,88,119,244,230,245,30,57,59,206,234,217,183,92,219,156,120,114,174,221,173,103,210,108,197,104,45,7,186,88,242,
    75,89,118,56,139,160,66,108,175,217,212,233,78,230,167,82,119,77,56,254,37,251,72,195,167,94,55,137,250,211,167,36,
    30,225,186,127,182,244,221,221,169,245,239,171,107,210,176,111,109,167,219,102,39,53,235,103,91,213,215,188,175,114,
    215,70,139,10,58,241,101,104,210,226,18,44,35,243,161,131,94,128,136,146,154,174,194,249,172,207,58,173,170,73,123,
    232,112,188,77,103,206,235,18,252,238,211,89,150,167,148,216,232,57,62,90,246,237,79,132,121,123,226,206,64,30,51,
    18,133,255,20,75,203,90,163,178,56,11,22,148,99,173,90,10,170,209,75,114,180,8,171,139,87,34,69,74,215,35,174,18,
    138,101,77,26,93,154,41,22,211,11,109,5,45,11,86,208,187,196,146,222,159,72,225,125,197,4,93,74,84,73,107,14,40,214,
    188,148,53,199,52,63,48,11,50,40,128,111,6,91,81,22,160,235,212,141,248,165,10,174,196,97,101,91,92,194,236,40,185,
    170,198,208,219,158,3,75,0,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 20, .columns = 180, .height = 10, .width = 10, .channels = 20,
    .out_height = 4, .out_width = 4, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2,
    .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -118, .output_zero = -119, .low = -119,
    .high = 127
};

static const int32_t dense_4_bias[10] = {
    -16647,-12404,-5863,-9646,-9978,-9690,-14700,-8822,-5401,-12850,
};
static const int32_t dense_4_multiplier[1] = {
    1162032720,
};
static const int8_t dense_4_shift[1] = {
    5,
};
static const uint8_t dense_4_codes[1044] = {
    144,137,31,111,45,163,123,164,230,74,140,68,17,139,214,70,137,71,128,195,97,109,254,70,94,82,148,230,157,74,205,109,
    185,156,8,12,0,64,40,34,13,10,8,45,206,188,222,188,22,157,170,149,235,14,70,246,36,214,202,75,32,133,16,128,162,194,
    83,151,53,84,197,188,206,35,219,113,84,174,47,110,110,198,30,151,217,172,226,173,162,222,227,88,222,235,163,181,167,
    188,150,115,221,83,89,175,86,60,218,156,32,47,64,68,203,100,122,157,116,181,212,99,81,224,231,30,93,101,41,10,113,
    46,129,182,43,103,54,217,204,85,36,22,33,199,113,128,218,149,162,164,58,50,13,174,40,70,74,20,102,1,40,40,78,182,
    173,100,109,0,129,198,139,105,183,226,19,130,115,200,150,218,128,112,29,10,65,86,230,217,175,91,130,178,170,173,235,
    121,181,149,125,214,203,38,157,27,98,214,235,77,154,157,127,86,89,42,173,86,17,83,163,219,37,216,106,178,146,135,
    248,215,193,25,214,90,214,246,102,238,14,234,139,33,141,183,180,58,228,57,12,23,90,5,182,128,214,240,228,131,74,148,
    109,101,173,56,27,134,217,5,141,247,214,91,203,193,203,203,227,69,17,22,86,55,66,163,81,86,74,180,213,111,238,182,
    197,94,95,185,1,238,249,204,167,23,219,164,30,235,100,93,215,45,220,95,233,60,139,141,92,251,127,249,50,70,126,17,
    149,81,130,20,255,104,202,5,121,161,155,234,86,156,225,212,141,105,99,147,174,26,206,211,12,123,152,13,233,65,114,
    172,40,33,22,66,212,90,88,75,5,97,226,141,94,138,197,91,207,110,33,121,83,162,220,163,42,88,86,65,90,218,58,175,6,
    139,81,205,113,45,233,40,181,78,179,37,105,118,226,228,178,181,169,104,248,136,42,184,27,97,245,11,21,15,141,179,
    187,54,75,72,150,69,215,183,151,207,108,238,132,115,122,226,211,86,247,60,53,165,26,25,25,211,136,184,178,211,0,116,
    229,214,225,205,214,129,18,150,130,198,43,130,188,150,141,75,75,177,39,116,99,53,162,172,27,124,153,178,134,167,161,
    29,241,29,206,109,104,89,213,36,81,214,96,142,20,238,27,54,209,107,34,234,23,147,217,83,8,53,139,207,58,152,34,203,
    150,116,156,219,222,18,86,228,228,238,191,122,202,52,103,10,233,199,37,102,163,6,92,142,74,200,18,242,246,246,21,
    228,55,46,23,191,193,251,199,53,212,38,141,78,20,1,42,86,85,17,130,245,69,180,201,198,16,74,242,221,63,12,201,1,118,
    44,248,174,138,241,70,181,89,85,169,120,90,173,109,69,132,189,66,143,55,107,197,238,24,148,116,197,108,114,191,33,
    86,139,106,58,183,250,42,49,92,37,189,126,33,66,41,185,44,227,52,228,185,157,196,79,32,221,44,94,157,41,102,152,109,
    41,88,13,231,179,229,249,5,67,55,172,95,139,220,170,116,18,153,232,54,88,163,85,69,189,213,138,41,246,155,150,145,
    232,116,19,214,87,149,226,14,235,221,200,208,103,54,213,231,130,181,74,147,45,81,90,218,197,122,171,5,118,149,178,8,
    169,163,207,35,96,85,53,26,243,45,182,70,193,182,25,139,181,182,11,37,164,180,70,218,156,232,185,204,110,109,159,49,
    70,218,141,185,103,83,11,215,13,127,91,58,45,93,215,64,230,210,65,178,184,65,179,239,148,234,225,26,195,91,104,188,
    185,82,174,173,202,2,213,170,168,52,188,229,83,12,15,90,151,186,230,131,194,101,128,29,109,74,151,83,148,131,13,106,
    170,181,168,76,151,193,108,57,128,116,157,223,198,187,186,145,220,119,78,136,31,185,214,90,119,7,118,211,191,18,142,
    221,220,189,223,123,189,148,21,12,220,170,68,178,197,20,212,32,144,162,42,86,229,68,21,170,210,151,53,114,150,238,
    186,245,92,13,250,57,220,135,101,168,150,133,96,135,90,218,42,5,6,172,90,168,84,27,122,167,97,163,95,160,211,171,38,
    90,182,54,20,11,36,185,23,44,21,79,173,124,89,34,72,215,155,123,231,214,22,160,136,195,179,116,149,146,155,155,167,
    75,173,66,85,42,52,175,182,217,210,180,199,21,227,203,252,219,203,30,57,27,77,97,94,25,120,9,157,114,203,214,8,81,
    107,98,222,121,156,253,121,25,91,252,167,11,150,86,136,234,197,203,78,82,11,85,58,216,213,176,148,108,25,200,186,
    165,115,205,195,40,58,213,117,120,117,177,108,83,38,97,194,36,116,35,149,100,227,130,5,181,163,42,243,203,101,212,
    26,66,143,48,112,223,2,232,214,116,18,144,246,6,151,16,59,157,142,197,0,
};
static const Layer dense_4 = {
    .bias = dense_4_bias, .multiplier = dense_4_multiplier, .shift = dense_4_shift, .codes = dense_4_codes, .rows = 10,
    .columns = 320, .input_zero = -119, .output_zero = 25, .low = -128, .high = 127
};

static int32_t words[918];
int8_t *const model_3500b_input = (int8_t *)words + 2856;
const int8_t *const model_3500b_output = (const int8_t *)words + 320;

void model_3500b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    rows_1(scratch + 2856, scratch + 1944, words);
    convolution_coded(&convolution_2, scratch + 1944, scratch + 648, scratch);
    max_pooled_convolution_coded(&convolution_3, scratch + 648, scratch, scratch + 2728, words + 662);
    dense_coded(&dense_4, scratch, scratch + 320);
}
