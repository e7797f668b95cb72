/* 1500B-2.tflite in C; made by a generator, do not edit. How to use it: model_1500b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: coded, 27 bytes for 72 weights
   - layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D: coded, 203 bytes for 576 weights
   - layer 3, operator CONV_2D: coded, 255 bytes for 720 weights
   - layer 4, operator CONV_2D, and layer 5, operator MAX_POOL_2D: coded, 351 bytes for 990 weights
   - layer 6, operator CONV_2D, and layer 7, operator MEAN: coded, 457 bytes for 1,287 weights
   - layer 8, operator FULLY_CONNECTED: coded, 49 bytes for 130 weights
*/
#include "model_1500b.h"

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

typedef int8_t DIMENSION;

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

/* Weights in Huffman codes, of 2 to 3 bits: the weights in the order of their codes; for each length where its codes
   end, as if they were of the longest; and the place of its first weight, less its first code. */
static const int8_t code_values[] = {0, -3, -2, -1, 1, 2, 3};
static const uint16_t code_ends[] = {2, 8};
static const int16_t code_offsets[] = {0, -1};

typedef struct {
    const uint8_t *next;
    uint32_t bits; /* the next 3 of them and more, the first one highest */
    int32_t held;  /* how many */
} Coded;

static int32_t next_weight(Coded *coded)
{
    int32_t length = 2;
    for (; coded->held < 3; coded->held += 8)
        coded->bits |= (uint32_t)*coded->next++ << (24 - coded->held);
    const int32_t code = (int32_t)(coded->bits >> 29);
    while (code >= code_ends[length - 2])
        length++;
    coded->bits <<= length;
    coded->held -= length;
    return code_values[code_offsets[length - 2] + (code >> (3 - length))];
}

#define PATCH 99

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

static void mean_pooled_convolution_coded(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch, int32_t *pooled, int32_t offset, int32_t multiplier, int32_t shift, int32_t zero)
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
                    pooled[c] = (done ? pooled[c] : 0) + requantize(l, c, acc0);
                    if (window - done > 1)
                        pooled[c] += requantize(l, c, acc1);
                    if (window - done > 2)
                        pooled[c] += requantize(l, c, acc2);
                    if (window - done > 3)
                        pooled[c] += requantize(l, c, acc3);
                }
            }
            for (int32_t c = 0; c < l->rows; c++)
                *out++ = clamp(scale(pooled[c] - offset, multiplier, shift) + zero, -128, 127);
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

static const int32_t rows_1_convolution_1_bias[8] = {
    -190,-646,-34,84,380,-298,368,134,
};
static const int32_t rows_1_convolution_1_multiplier[1] = {
    1077952640,
};
static const int8_t rows_1_convolution_1_shift[1] = {
    2,
};
static const uint8_t rows_1_convolution_1_codes[27] = {
    174,104,173,96,132,32,209,113,108,13,80,155,237,53,146,30,188,154,122,75,63,1,251,234,241,0,0,
};
static const Layer rows_1_convolution_1 = {
    .bias = rows_1_convolution_1_bias, .multiplier = rows_1_convolution_1_multiplier,
    .shift = rows_1_convolution_1_shift, .codes = rows_1_convolution_1_codes, .rows = 8, .columns = 9, .height = 3,
    .width = 28, .channels = 1, .out_height = 1, .out_width = 26, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .input_zero = -128, .output_zero = -124, .low = -124, .high = 127
};

static const int32_t rows_1_convolution_2_bias[8] = {
    -288,-4356,-2808,-5920,-900,-3832,-3220,-1088,
};
static const int32_t rows_1_convolution_2_multiplier[1] = {
    1221501699,
};
static const int8_t rows_1_convolution_2_shift[1] = {
    3,
};
static const uint8_t rows_1_convolution_2_codes[203] = {
    179,178,88,61,57,75,34,254,231,149,172,142,171,170,83,40,102,214,94,101,89,50,231,150,245,111,74,150,16,54,141,192,
    209,68,101,86,84,110,81,10,239,170,138,174,10,58,178,136,117,24,77,11,42,102,151,158,113,59,241,195,40,211,90,39,
    109,110,93,142,127,106,73,235,26,138,89,7,83,96,194,117,18,130,113,230,55,166,246,196,33,39,44,138,70,173,69,7,26,
    137,75,107,68,178,236,71,181,251,242,139,74,199,172,200,49,66,237,90,35,131,6,34,133,74,203,91,108,72,242,165,49,76,
    148,208,145,166,56,38,79,141,91,87,88,56,213,36,128,240,104,85,71,93,8,54,86,32,84,28,2,186,137,173,164,80,118,201,
    38,6,42,189,178,57,36,161,41,84,82,83,195,89,73,103,8,71,49,85,34,118,212,69,37,174,18,203,40,37,55,156,77,221,77,
    36,46,0,0,
};
static const Layer rows_1_convolution_2 = {
    .bias = rows_1_convolution_2_bias, .multiplier = rows_1_convolution_2_multiplier,
    .shift = rows_1_convolution_2_shift, .codes = rows_1_convolution_2_codes, .rows = 8, .columns = 72, .height = 4,
    .width = 26, .channels = 8, .out_height = 1, .out_width = 12, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -124,
    .output_zero = -125, .low = -125, .high = 127
};

/* Row by row: layer 0, operator CONV_2D; layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D.
   A turn computes a row of each whose rows of input are there. */
static void rows_1(const int8_t *input, int8_t *output, int32_t *words)
{
    int8_t *const scratch = (int8_t *)words;
    for (int32_t turn = 0; turn < 28; turn++) {
        int8_t *line;
        if (turn >= 2) {
            line = next_line(scratch, 832, 208);
            convolution_coded(&rows_1_convolution_1, input + (turn - 2) * 28, line, scratch + 832);
        }
        if (turn >= 5 && (turn - 5) % 2 == 0) {
            max_pooled_convolution_coded(&rows_1_convolution_2, scratch, output, scratch + 864, words + 208);
            output += 96;
        }
    }
}

static const int32_t convolution_2_bias[10] = {
    2283,2240,1079,-4377,-7169,-1698,-4789,-3371,2746,1911,
};
static const int32_t convolution_2_multiplier[1] = {
    2003547970,
};
static const int8_t convolution_2_shift[1] = {
    4,
};
static const uint8_t convolution_2_codes[255] = {
    243,215,254,166,134,4,91,2,121,106,197,9,153,70,74,78,169,58,215,214,238,186,209,78,100,172,222,204,227,252,248,102,
    231,207,251,235,104,156,242,180,185,165,119,199,35,91,88,104,249,109,45,134,230,212,151,231,118,65,6,134,18,144,118,
    200,42,188,142,172,161,247,185,55,143,124,218,174,248,210,106,84,12,4,173,103,34,162,32,48,146,228,138,0,148,44,209,
    66,5,131,154,194,248,166,67,181,52,150,137,200,213,204,81,85,168,147,75,232,208,186,94,139,68,140,179,69,66,22,69,
    152,198,237,96,95,217,98,18,120,215,165,45,174,57,93,231,74,20,77,46,62,132,198,109,95,68,109,79,27,240,85,109,239,
    125,168,183,125,38,151,157,33,46,243,66,247,196,146,239,164,146,23,200,85,58,13,13,10,69,90,197,106,197,75,13,21,
    150,153,163,104,253,82,201,60,38,134,181,226,211,114,64,239,207,73,214,105,147,103,64,158,73,119,152,23,155,172,149,
    188,145,217,255,187,79,101,160,191,236,50,252,206,51,214,71,117,182,87,155,181,220,103,188,11,211,193,55,74,234,48,
    0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 10, .columns = 72, .height = 12, .width = 12, .channels = 8,
    .out_height = 10, .out_width = 10, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -125,
    .output_zero = -124, .low = -124, .high = 127
};

static const int32_t convolution_3_bias[11] = {
    1232,-3004,1484,1528,-4940,192,-3320,-1016,-4608,-2516,-928,
};
static const int32_t convolution_3_multiplier[1] = {
    1084076243,
};
static const int8_t convolution_3_shift[1] = {
    3,
};
static const uint8_t convolution_3_codes[351] = {
    177,245,170,204,84,188,150,138,175,231,252,35,165,122,151,31,82,208,180,203,207,60,73,98,150,90,165,76,174,101,157,
    154,19,74,184,180,56,215,207,197,227,66,40,103,17,29,118,13,104,201,172,151,169,78,74,135,28,194,175,145,76,18,115,
    48,78,97,202,226,132,11,200,180,126,252,225,225,39,238,223,22,155,148,209,19,121,175,106,203,141,179,64,108,107,34,
    182,105,230,209,119,102,85,89,166,50,17,37,119,206,135,6,117,148,45,7,235,157,235,127,171,233,12,253,151,205,114,
    234,223,93,73,76,229,180,106,16,33,66,34,150,41,118,71,186,48,74,210,170,132,164,209,111,208,79,208,234,149,104,132,
    149,168,183,172,167,140,185,13,122,200,209,87,182,0,145,144,19,199,44,206,47,116,219,208,233,252,66,222,204,72,161,
    246,198,69,112,188,234,220,139,221,150,245,39,218,243,59,61,37,137,34,238,148,76,201,145,2,240,142,71,9,147,169,57,
    111,73,65,247,118,254,138,201,95,215,137,125,61,201,251,100,218,66,20,90,144,53,210,170,144,73,179,142,13,162,57,3,
    201,146,161,20,69,146,42,197,102,164,171,2,102,196,137,190,16,145,66,88,86,100,37,122,201,95,20,234,43,107,123,9,
    114,104,161,118,168,197,131,50,148,1,122,215,119,73,154,147,88,46,144,168,170,232,117,122,182,112,135,113,119,108,
    253,10,156,90,122,40,13,217,35,99,76,128,221,171,45,226,217,45,111,114,121,109,51,183,101,237,229,178,175,76,161,44,
    251,68,186,192,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 11, .columns = 90, .height = 10, .width = 10, .channels = 10,
    .out_height = 4, .out_width = 4, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2,
    .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -124, .output_zero = -124, .low = -124,
    .high = 127
};

static const int32_t convolution_4_bias[13] = {
    2372,2556,908,1724,5180,2924,5152,2016,4484,-1096,572,684,3824,
};
static const int32_t convolution_4_multiplier[1] = {
    1952867942,
};
static const int8_t convolution_4_shift[1] = {
    4,
};
static const uint8_t convolution_4_codes[457] = {
    235,63,55,85,14,192,156,209,75,126,45,50,185,223,227,107,52,43,167,186,218,254,250,162,222,244,69,195,150,82,226,93,
    121,44,18,88,247,147,249,116,227,82,75,191,235,145,85,225,14,213,230,105,221,56,65,70,93,119,176,89,199,111,190,27,
    83,116,44,121,106,109,105,157,183,220,149,246,18,222,86,125,55,255,53,18,137,147,208,38,168,45,109,233,224,185,150,
    73,119,126,231,78,155,83,174,148,81,28,22,189,190,168,59,112,89,186,7,183,57,249,85,147,170,229,185,146,83,63,77,72,
    243,193,7,51,194,116,183,30,235,91,113,229,2,117,69,231,17,38,235,110,180,79,250,63,47,173,89,246,38,164,133,145,
    121,161,253,111,174,101,126,247,50,234,123,181,195,245,240,39,247,47,21,133,138,23,200,46,78,142,63,103,167,241,245,
    163,23,180,182,123,107,167,133,238,253,51,170,19,81,203,4,63,175,237,45,241,49,119,94,149,219,53,219,162,53,161,97,
    246,209,76,55,93,132,158,31,93,73,115,249,117,236,235,213,42,114,159,187,51,159,237,205,135,167,180,201,222,26,93,
    173,181,217,169,121,102,187,162,77,42,179,90,125,41,35,85,122,250,153,188,169,125,125,84,186,57,107,75,164,249,185,
    151,52,152,195,255,117,91,53,50,207,16,92,102,18,28,141,218,24,55,6,115,196,109,217,237,140,178,143,255,119,254,69,
    229,78,204,23,73,234,107,210,82,68,240,121,234,122,197,45,238,68,146,241,92,60,141,142,165,219,198,9,72,77,61,169,
    47,117,171,248,150,221,53,179,201,74,11,77,101,57,24,138,147,165,28,245,209,132,199,58,154,107,186,178,150,192,175,
    23,210,82,45,71,124,233,30,225,224,186,235,117,128,168,238,215,161,216,142,74,79,172,27,168,130,36,51,195,117,15,
    245,231,213,104,171,174,113,97,221,19,173,153,223,58,178,91,118,8,246,15,253,152,229,116,150,79,32,66,33,18,31,222,
    2,223,249,112,76,252,246,70,179,249,117,157,224,0,
};
static const Layer convolution_4 = {
    .bias = convolution_4_bias, .multiplier = convolution_4_multiplier, .shift = convolution_4_shift,
    .codes = convolution_4_codes, .rows = 13, .columns = 99, .height = 4, .width = 4, .channels = 11, .out_height = 1,
    .out_width = 1, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -124, .output_zero = -126, .low = -126, .high = 127
};

static const int32_t dense_5_bias[10] = {
    -1157,-1339,-1085,-1161,-988,-1036,-1121,-988,-762,-875,
};
static const int32_t dense_5_multiplier[1] = {
    1487055531,
};
static const int8_t dense_5_shift[1] = {
    3,
};
static const uint8_t dense_5_codes[49] = {
    209,245,56,178,73,56,150,78,109,71,27,135,126,49,239,155,73,103,42,98,95,25,62,213,92,177,164,222,169,110,166,141,
    116,100,154,235,213,52,157,209,199,99,93,215,170,94,71,208,0,
};
static const Layer dense_5 = {
    .bias = dense_5_bias, .multiplier = dense_5_multiplier, .shift = dense_5_shift, .codes = dense_5_codes, .rows = 10,
    .columns = 13, .input_zero = -125, .output_zero = 30, .low = -128, .high = 127
};

static int32_t words[601];
int8_t *const model_1500b_input = (int8_t *)words + 1617;
const int8_t *const model_1500b_output = (const int8_t *)words;

void model_1500b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    rows_1(scratch + 1617, scratch + 1233, words);
    convolution_coded(&convolution_2, scratch + 1233, scratch + 369, scratch);
    max_pooled_convolution_coded(&convolution_3, scratch + 369, scratch + 1803, scratch + 1416, words + 343);
    mean_pooled_convolution_coded(&convolution_4, scratch + 1803, scratch + 448, scratch + 52, words, -504, 1482404757, 1, -125);
    dense_coded(&dense_5, scratch + 448, scratch);
}
