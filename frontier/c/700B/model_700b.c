/* 700B-3.tflite in C; made by a generator, do not edit. How to use it: model_700b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: coded, 18 bytes for 45 weights
   - layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D: coded, 77 bytes for 225 weights
   - layer 3, operator CONV_2D: coded, 96 bytes for 270 weights
   - layer 4, operator CONV_2D, and layer 5, operator MAX_POOL_2D: coded, 133 bytes for 378 weights
   - layer 6, operator CONV_2D, and layer 7, operator MEAN: coded, 219 bytes for 630 weights
   - layer 8, operator FULLY_CONNECTED: coded, 39 bytes for 100 weights
*/
#include "model_700b.h"

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
    144,-518,-614,-282,662,
};
static const int32_t rows_1_convolution_1_multiplier[5] = {
    1168864308,1168864308,1168864308,1168864308,1168864308,
};
static const int8_t rows_1_convolution_1_shift[5] = {
    2,2,2,2,2,
};
static const uint8_t rows_1_convolution_1_codes[18] = {
    227,118,247,17,233,13,117,188,241,197,109,233,239,74,219,176,160,0,
};
static const Layer rows_1_convolution_1 = {
    .bias = rows_1_convolution_1_bias, .multiplier = rows_1_convolution_1_multiplier,
    .shift = rows_1_convolution_1_shift, .codes = rows_1_convolution_1_codes, .rows = 5, .columns = 9, .height = 3,
    .width = 28, .channels = 1, .out_height = 1, .out_width = 26, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .input_zero = -128, .output_zero = -127, .low = -127, .high = 127
};

static const int32_t rows_1_convolution_2_bias[5] = {
    -2935,-2357,-1394,-1395,-2451,
};
static const int32_t rows_1_convolution_2_multiplier[5] = {
    1432754851,1432754851,1432754851,1432754851,1432754851,
};
static const int8_t rows_1_convolution_2_shift[5] = {
    2,2,2,2,2,
};
static const uint8_t rows_1_convolution_2_codes[77] = {
    66,160,222,238,189,19,154,18,129,85,238,109,157,151,70,194,44,122,144,237,94,182,145,168,75,116,108,176,90,240,189,
    214,156,91,97,109,173,142,118,84,167,221,220,94,238,47,90,81,177,235,151,155,47,81,120,112,49,56,92,26,53,128,72,81,
    173,144,121,26,180,211,169,121,37,134,151,159,0,
};
static const Layer rows_1_convolution_2 = {
    .bias = rows_1_convolution_2_bias, .multiplier = rows_1_convolution_2_multiplier,
    .shift = rows_1_convolution_2_shift, .codes = rows_1_convolution_2_codes, .rows = 5, .columns = 45, .height = 4,
    .width = 26, .channels = 5, .out_height = 1, .out_width = 12, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -127,
    .output_zero = -127, .low = -127, .high = 127
};

/* Row by row: layer 0, operator CONV_2D; layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D.
   A turn makes a row of each whose rows of input are there. */
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
    394,936,-1025,190,-1477,313,
};
static const int32_t convolution_2_multiplier[6] = {
    1171634571,1171634571,1171634571,1171634571,1171634571,1171634571,
};
static const int8_t convolution_2_shift[6] = {
    3,3,3,3,3,3,
};
static const uint8_t convolution_2_codes[96] = {
    45,115,235,247,233,99,88,82,151,250,196,44,30,250,83,251,89,244,175,149,183,83,149,141,96,83,222,47,211,188,117,255,
    208,218,179,189,233,46,16,188,47,118,73,62,201,223,85,201,222,87,176,178,44,63,109,3,33,216,38,10,221,250,186,182,3,
    16,103,252,200,167,60,61,158,122,79,189,103,249,110,167,110,186,232,255,251,149,230,135,79,209,185,236,140,249,0,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 6, .columns = 45, .height = 12, .width = 12, .channels = 5, .out_height = 10,
    .out_width = 10, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -127,
    .output_zero = -128, .low = -128, .high = 127
};

static const int32_t convolution_3_bias[7] = {
    -1272,-4456,1380,-1328,2052,1648,1704,
};
static const int32_t convolution_3_multiplier[7] = {
    1631777839,1631777839,1631777839,1631777839,1631777839,1631777839,1631777839,
};
static const int8_t convolution_3_shift[7] = {
    3,3,3,3,3,3,3,
};
static const uint8_t convolution_3_codes[133] = {
    58,70,192,53,225,47,200,127,82,23,183,14,60,231,202,143,155,179,123,116,162,113,209,121,235,236,159,73,203,197,55,
    113,43,246,117,44,59,99,158,72,203,85,151,243,74,146,199,45,27,113,237,141,141,200,183,90,219,103,146,142,59,55,67,
    87,29,155,100,250,135,6,36,106,113,175,247,115,232,130,220,187,95,102,179,7,143,179,237,249,62,133,158,5,159,241,95,
    169,237,230,209,62,251,244,169,252,107,183,115,182,59,209,70,42,76,70,242,90,129,118,205,239,244,1,223,109,222,221,
    175,201,73,231,217,88,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 7, .columns = 54, .height = 10, .width = 10, .channels = 6, .out_height = 4,
    .out_width = 4, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -128, .low = -128, .high = 127
};

static const int32_t convolution_4_bias[10] = {
    3252,-836,-1804,-1036,1568,2844,372,0,2560,2484,
};
static const int32_t convolution_4_multiplier[10] = {
    1487071418,1487071418,1487071418,1487071418,1487071418,1487071418,1487071418,1487071418,1487071418,1487071418,
};
static const int8_t convolution_4_shift[10] = {
    3,3,3,3,3,3,3,3,3,3,
};
static const uint8_t convolution_4_codes[219] = {
    207,178,244,113,99,55,254,225,244,139,200,11,251,173,223,172,251,250,202,199,111,223,249,148,184,31,44,55,109,126,
    81,179,211,17,51,221,221,158,39,223,38,185,30,238,192,4,7,212,70,138,169,86,224,17,9,64,62,198,83,175,244,58,126,
    132,229,39,78,104,8,201,123,139,90,193,17,64,213,117,205,135,151,170,236,184,110,233,78,191,247,154,101,169,170,204,
    223,51,84,93,165,47,231,231,224,152,235,221,3,91,19,90,92,186,168,153,220,76,91,84,170,75,175,189,107,109,213,110,
    247,31,217,179,94,250,158,53,174,205,201,205,178,224,170,14,130,235,24,87,243,123,128,136,24,57,27,104,88,245,133,
    238,208,222,221,150,148,243,234,178,189,50,218,245,226,211,85,251,109,197,116,95,207,254,140,157,220,171,237,227,
    239,239,243,5,200,201,251,201,54,119,255,178,121,169,190,178,77,117,51,164,225,57,139,40,187,254,195,239,93,203,191,
    0,0,
};
static const Layer convolution_4 = {
    .bias = convolution_4_bias, .multiplier = convolution_4_multiplier, .shift = convolution_4_shift,
    .codes = convolution_4_codes, .rows = 10, .columns = 63, .height = 4, .width = 4, .channels = 7, .out_height = 1,
    .out_width = 1, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -128, .low = -128, .high = 127
};

static const int32_t dense_5_bias[10] = {
    -1116,-1020,-384,-656,-628,-884,-932,-652,-400,-508,
};
static const int32_t dense_5_multiplier[10] = {
    1902189180,1902189180,1902189180,1902189180,1902189180,1902189180,1902189180,1902189180,1902189180,1902189180,
};
static const int8_t dense_5_shift[10] = {
    3,3,3,3,3,3,3,3,3,3,
};
static const uint8_t dense_5_codes[39] = {
    231,175,93,221,155,183,116,132,208,8,105,254,244,10,110,239,102,59,19,187,178,135,135,119,236,29,9,253,15,199,81,
    142,157,108,89,253,162,128,0,
};
static const Layer dense_5 = {
    .bias = dense_5_bias, .multiplier = dense_5_multiplier, .shift = dense_5_shift, .codes = dense_5_codes, .rows = 10,
    .columns = 10, .input_zero = -128, .output_zero = 38, .low = -128, .high = 127
};

static int32_t words[390];
int8_t *const model_700b_input = (int8_t *)words;
const int8_t *const model_700b_output = (const int8_t *)words;

void model_700b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    rows_1(scratch, scratch, words + 196);
    convolution_coded(&convolution_2, scratch, scratch + 720, scratch + 1320);
    max_pooled_convolution_coded(&convolution_3, scratch + 720, scratch + 292, scratch + 28, words);
    mean_pooled_convolution_coded(&convolution_4, scratch + 292, scratch + 292, scratch + 40, words, -512, 1465618402, 1, -128);
    dense_coded(&dense_5, scratch + 292, scratch);
}
