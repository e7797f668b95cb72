/* 650B-2.tflite in C; made by a generator, do not edit. How to use it: model_650b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: coded, 17 bytes for 45 weights
   - layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D: coded, 79 bytes for 225 weights
   - layer 3, operator CONV_2D: coded, 97 bytes for 270 weights
   - layer 4, operator CONV_2D, and layer 5, operator MAX_POOL_2D: coded, 135 bytes for 378 weights
   - layer 6, operator CONV_2D, and layer 7, operator MEAN: coded, 199 bytes for 567 weights
   - layer 8, operator FULLY_CONNECTED: coded, 34 bytes for 90 weights
*/
#include "model_650b.h"

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
    const int32_t *multiplier; /* of each output channel, over 2^31 */
    const int8_t *shift;       /* right, after the multiplication */
    const uint8_t *codes;
    const int8_t *values; /* weights, or tables of them */
    const COUNT *counts;  /* weights stored of each row */
    DIMENSION table_step; /* from one row's table to the next */
    DIMENSION height, width, channels, rows, columns;
    DIMENSION kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x;
    DIMENSION out_height, out_width;
    DIMENSION pool_y, pool_x, pool_stride_y, pool_stride_x;
    int8_t input_zero, output_zero, low, high;
} Layer;

static inline int8_t requantize(const Layer *l, int32_t c, int32_t sum)
{
    return clamp(scale(sum, l->multiplier[c], l->shift[c]) + l->output_zero, l->low, l->high);
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

#define PATCH 63

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

static const int32_t rows_1_convolution_1_bias[5] = {
    0,-856,-116,1032,-416,
};
static const int32_t rows_1_convolution_1_multiplier[5] = {
    1928168807,1928168807,1928168807,1928168807,1928168807,
};
static const int8_t rows_1_convolution_1_shift[5] = {
    3,3,3,3,3,
};
static const uint8_t rows_1_convolution_1_codes[17] = {
    255,100,38,208,226,118,171,178,59,83,98,233,105,133,133,210,0,
};
static const Layer rows_1_convolution_1 = {
    .bias = rows_1_convolution_1_bias, .multiplier = rows_1_convolution_1_multiplier,
    .shift = rows_1_convolution_1_shift, .codes = rows_1_convolution_1_codes, .rows = 5, .columns = 9, .height = 3,
    .width = 28, .channels = 1, .out_height = 1, .out_width = 26, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .input_zero = -128, .output_zero = -127, .low = -127, .high = 127
};

static const int32_t rows_1_convolution_2_bias[5] = {
    172,789,-1304,-3569,-1872,
};
static const int32_t rows_1_convolution_2_multiplier[5] = {
    1900538109,1900538109,1900538109,1900538109,1900538109,
};
static const int8_t rows_1_convolution_2_shift[5] = {
    3,3,3,3,3,
};
static const uint8_t rows_1_convolution_2_codes[79] = {
    175,85,66,203,125,128,16,180,91,144,180,136,44,68,8,247,142,29,203,104,93,92,87,146,126,140,231,207,45,87,69,80,184,
    168,60,1,35,210,169,46,207,41,234,82,86,254,82,42,66,14,92,34,47,211,108,76,137,6,235,59,84,73,42,201,27,40,151,198,
    181,183,11,82,41,48,212,9,218,208,0,
};
static const Layer rows_1_convolution_2 = {
    .bias = rows_1_convolution_2_bias, .multiplier = rows_1_convolution_2_multiplier,
    .shift = rows_1_convolution_2_shift, .codes = rows_1_convolution_2_codes, .rows = 5, .columns = 45, .height = 4,
    .width = 26, .channels = 5, .out_height = 1, .out_width = 12, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -127,
    .output_zero = -128, .low = -128, .high = 127
};

/* Row by row: layer 0, operator CONV_2D; layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D.
   A turn computes a row of each whose rows of input are there. */
static void rows_1(const int8_t *input, int8_t *output, int32_t *words)
{
    int8_t *const scratch = (int8_t *)words;
    for (int32_t turn = 0; turn < 28; turn++) {
        int8_t *line;
        if (turn >= 2) {
            line = next_line(scratch, 520, 130);
            convolution_coded(&rows_1_convolution_1, input + (turn - 2) * 28, line, scratch + 520);
        }
        if (turn >= 5 && (turn - 5) % 2 == 0) {
            max_pooled_convolution_coded(&rows_1_convolution_2, scratch, output, scratch + 540, words + 130);
            output += 60;
        }
    }
}

static const int32_t convolution_2_bias[6] = {
    -92,952,-180,1156,1396,-1240,
};
static const int32_t convolution_2_multiplier[6] = {
    1292868633,1292868633,1292868633,1292868633,1292868633,1292868633,
};
static const int8_t convolution_2_shift[6] = {
    3,3,3,3,3,3,
};
static const uint8_t convolution_2_codes[97] = {
    52,176,143,60,148,97,214,168,122,171,7,71,223,202,223,165,123,78,32,222,99,109,120,69,15,84,191,174,245,86,72,148,
    105,235,221,183,57,35,122,204,2,188,107,252,47,229,79,145,40,251,142,121,139,217,21,186,25,253,118,199,154,219,43,
    145,86,115,198,26,167,4,254,169,91,69,73,111,44,159,122,183,148,82,118,230,215,255,80,200,227,52,23,137,43,16,0,58,
    0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 6, .columns = 45, .height = 12, .width = 12, .channels = 5, .out_height = 10,
    .out_width = 10, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -128,
    .output_zero = -127, .low = -127, .high = 127
};

static const int32_t convolution_3_bias[7] = {
    614,-3383,-3732,-1013,2717,-690,992,
};
static const int32_t convolution_3_multiplier[7] = {
    1504706560,1504706560,1504706560,1504706560,1504706560,1504706560,1504706560,
};
static const int8_t convolution_3_shift[7] = {
    3,3,3,3,3,3,3,
};
static const uint8_t convolution_3_codes[135] = {
    175,93,32,0,1,74,125,219,118,252,179,141,74,31,90,94,166,202,174,243,235,60,251,20,50,186,88,97,201,115,146,36,162,
    82,33,163,164,33,98,4,20,114,54,182,189,58,97,171,34,207,140,107,193,229,82,118,214,59,167,78,123,197,42,232,126,84,
    63,114,170,62,172,218,50,142,168,71,228,213,153,107,14,191,183,203,179,170,210,215,116,193,63,144,49,101,190,95,139,
    13,157,165,234,219,41,163,125,113,76,172,174,172,224,212,186,53,37,99,160,72,107,93,187,13,220,102,67,132,115,212,
    91,188,177,236,135,40,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 7, .columns = 54, .height = 10, .width = 10, .channels = 6, .out_height = 4,
    .out_width = 4, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -127, .output_zero = -127, .low = -127, .high = 127
};

static const int32_t convolution_4_bias[9] = {
    -484,3064,1275,2515,2831,267,2735,832,2932,
};
static const int32_t convolution_4_multiplier[9] = {
    1313313252,1313313252,1313313252,1313313252,1313313252,1313313252,1313313252,1313313252,1313313252,
};
static const int8_t convolution_4_shift[9] = {
    3,3,3,3,3,3,3,3,3,
};
static const uint8_t convolution_4_codes[199] = {
    141,7,24,64,4,50,136,144,149,219,135,107,134,218,57,39,123,146,141,107,94,155,237,188,163,236,156,254,119,180,143,
    81,181,38,253,188,254,182,94,160,235,182,249,207,33,230,53,124,154,79,182,147,113,196,75,45,25,145,220,205,84,34,91,
    180,165,234,159,87,230,10,237,186,73,137,44,172,37,178,1,13,228,244,13,189,119,57,121,200,123,202,158,33,177,165,64,
    242,249,235,169,129,147,173,116,246,222,159,111,252,135,31,226,233,75,54,104,100,169,188,82,6,45,10,123,232,106,230,
    45,144,148,6,166,164,190,235,66,106,139,63,33,117,180,118,182,244,32,223,60,223,47,201,226,149,227,72,75,49,101,150,
    88,19,83,99,220,249,173,43,238,19,129,147,190,13,205,218,137,62,154,47,209,242,236,247,211,199,214,42,53,40,177,204,
    59,177,101,43,182,224,151,206,0,
};
static const Layer convolution_4 = {
    .bias = convolution_4_bias, .multiplier = convolution_4_multiplier, .shift = convolution_4_shift,
    .codes = convolution_4_codes, .rows = 9, .columns = 63, .height = 4, .width = 4, .channels = 7, .out_height = 1,
    .out_width = 1, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -127, .output_zero = -128, .low = -128, .high = 127
};

static const int32_t dense_5_bias[10] = {
    -688,-868,-656,-492,-600,-616,-616,-728,-280,-544,
};
static const int32_t dense_5_multiplier[10] = {
    1720798236,1720798236,1720798236,1720798236,1720798236,1720798236,1720798236,1720798236,1720798236,1720798236,
};
static const int8_t dense_5_shift[10] = {
    3,3,3,3,3,3,3,3,3,3,
};
static const uint8_t dense_5_codes[34] = {
    174,9,252,168,154,232,142,53,14,190,253,53,21,113,175,193,231,181,77,52,183,88,30,73,88,183,125,113,214,59,93,83,48,
    0,
};
static const Layer dense_5 = {
    .bias = dense_5_bias, .multiplier = dense_5_multiplier, .shift = dense_5_shift, .codes = dense_5_codes, .rows = 10,
    .columns = 9, .input_zero = -128, .output_zero = 27, .low = -128, .high = 127
};

static int32_t words[390];
int8_t *const model_650b_input = (int8_t *)words;
const int8_t *const model_650b_output = (const int8_t *)words;

void model_650b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    rows_1(scratch, scratch, words + 196);
    convolution_coded(&convolution_2, scratch, scratch + 720, scratch + 1320);
    max_pooled_convolution_coded(&convolution_3, scratch + 720, scratch + 288, scratch + 28, words);
    mean_pooled_convolution_coded(&convolution_4, scratch + 288, scratch + 288, scratch + 36, words, -512, 1447217241, 1, -128);
    dense_coded(&dense_5, scratch + 288, scratch);
}
