/* 900B-1.tflite in C; made by a generator, do not edit. How to use it: model_900b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D, and layer 1, operator MAX_POOL_2D: coded, 24 bytes for 63 weights
   - layer 2, operator CONV_2D, and layer 3, operator MAX_POOL_2D: coded, 180 bytes for 504 weights
   - layer 4, operator CONV_2D: coded, 253 bytes for 720 weights
   - layer 6, operator FULLY_CONNECTED: coded, 315 bytes for 900 weights
*/
#include "model_900b.h"

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

#define PATCH 72

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

static const int32_t convolution_1_bias[7] = {
    -16,557,-442,125,-492,-451,-916,
};
static const int32_t convolution_1_multiplier[7] = {
    1106162867,1106162867,1106162867,1106162867,1106162867,1106162867,1106162867,
};
static const int8_t convolution_1_shift[7] = {
    2,2,2,2,2,2,2,
};
static const uint8_t convolution_1_codes[24] = {
    137,241,95,181,2,235,112,176,232,148,198,216,73,231,115,121,36,237,54,74,212,240,128,0,
};
static const Layer convolution_1 = {
    .bias = convolution_1_bias, .multiplier = convolution_1_multiplier, .shift = convolution_1_shift,
    .codes = convolution_1_codes, .rows = 7, .columns = 9, .height = 28, .width = 28, .channels = 1, .out_height = 13,
    .out_width = 13, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -123, .low = -123, .high = 127
};

static const int32_t convolution_2_bias[8] = {
    -1398,-498,-690,-75,-1070,-1743,-2633,-2165,
};
static const int32_t convolution_2_multiplier[8] = {
    1377800740,1377800740,1377800740,1377800740,1377800740,1377800740,1377800740,1377800740,
};
static const int8_t convolution_2_shift[8] = {
    3,3,3,3,3,3,3,3,
};
static const uint8_t convolution_2_codes[180] = {
    194,93,73,254,226,156,251,202,148,23,162,181,117,29,95,81,139,150,38,189,19,143,7,247,188,175,216,169,82,65,75,83,
    233,72,188,177,71,226,73,255,227,167,247,18,235,112,200,81,133,177,34,188,22,71,13,135,25,224,72,13,249,37,176,235,
    254,74,176,105,33,212,5,242,38,94,24,234,249,149,85,77,114,87,239,98,156,226,72,189,101,227,174,82,82,52,240,17,9,
    83,88,233,147,134,189,43,46,186,89,167,74,236,116,217,169,90,119,153,37,48,37,174,177,64,181,47,103,26,182,62,183,
    146,197,124,93,197,64,173,233,45,138,178,149,254,160,231,22,85,91,42,170,196,18,100,178,168,138,188,142,233,21,198,
    145,107,108,97,107,117,226,12,51,45,134,130,139,232,40,244,81,165,192,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 8, .columns = 63, .height = 13, .width = 13, .channels = 7, .out_height = 5,
    .out_width = 5, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -123, .output_zero = -124, .low = -124, .high = 127
};

static const int32_t convolution_3_bias[10] = {
    1666,-661,1005,-1742,1367,-383,-2699,2622,105,454,
};
static const int32_t convolution_3_multiplier[10] = {
    1168286877,1168286877,1168286877,1168286877,1168286877,1168286877,1168286877,1168286877,1168286877,1168286877,
};
static const int8_t convolution_3_shift[10] = {
    3,3,3,3,3,3,3,3,3,3,
};
static const uint8_t convolution_3_codes[253] = {
    131,176,13,17,66,149,73,77,232,57,103,212,74,207,107,65,190,181,61,127,58,116,251,116,162,94,109,88,186,44,121,248,
    68,154,83,111,42,160,107,31,146,123,34,149,205,106,164,223,180,93,244,48,237,176,94,63,168,184,253,62,144,193,165,
    37,26,87,230,151,251,50,181,213,158,139,169,236,11,212,172,210,208,18,155,221,166,230,75,165,25,79,18,178,85,226,
    107,241,52,47,209,84,247,74,57,202,248,43,247,159,138,210,171,1,141,250,166,255,63,17,243,84,254,13,28,229,22,238,
    196,90,88,194,59,33,198,201,79,79,241,73,74,205,100,78,75,38,135,90,32,52,66,154,118,147,55,58,104,56,36,186,132,65,
    95,33,20,86,203,23,96,46,199,17,116,141,104,200,86,83,23,225,219,164,197,247,12,191,67,22,3,219,66,117,218,41,249,
    229,137,91,172,233,24,23,78,251,172,145,219,168,210,113,148,76,196,133,138,203,2,195,80,208,142,95,122,88,189,220,
    168,95,157,41,229,90,75,202,88,31,193,80,234,69,217,229,22,207,218,77,210,170,169,226,210,169,172,212,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 10, .columns = 72, .height = 5, .width = 5, .channels = 8, .out_height = 3,
    .out_width = 3, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -124,
    .output_zero = -125, .low = -125, .high = 127
};

static const int32_t dense_4_bias[10] = {
    -3056,-3856,-360,-5006,-2539,-4171,-3065,-3884,-573,-3406,
};
static const int32_t dense_4_multiplier[10] = {
    1142440141,1142440141,1142440141,1142440141,1142440141,1142440141,1142440141,1142440141,1142440141,1142440141,
};
static const int8_t dense_4_shift[10] = {
    4,4,4,4,4,4,4,4,4,4,
};
static const uint8_t dense_4_codes[315] = {
    129,237,175,108,65,194,86,60,72,139,16,123,250,165,145,188,220,201,244,167,138,190,181,177,91,243,113,200,86,9,45,
    145,69,145,72,49,89,112,50,188,181,144,217,129,108,81,60,221,133,130,174,192,59,149,154,180,210,29,202,237,212,146,
    92,253,228,142,197,53,44,108,144,228,52,211,162,126,47,5,166,149,233,60,41,78,135,39,149,236,57,42,111,35,173,146,
    253,85,227,139,36,59,91,65,37,249,92,137,92,81,65,72,88,40,79,75,165,147,92,132,211,97,159,120,145,105,57,184,150,
    89,68,69,199,81,10,90,186,138,122,115,75,28,188,150,69,47,241,9,55,157,197,246,139,168,188,171,92,8,92,33,99,19,39,
    143,131,154,81,158,39,234,242,144,68,2,150,163,55,2,53,179,21,200,66,148,49,149,173,74,76,175,137,216,32,253,87,57,
    3,198,126,231,8,199,145,181,65,117,158,180,203,170,162,64,170,209,214,107,27,168,133,144,85,14,22,81,85,178,151,73,
    229,20,1,210,215,16,70,86,134,72,48,74,128,221,12,193,125,82,76,199,254,136,94,210,167,45,117,202,108,72,13,206,230,
    99,178,136,218,14,30,103,72,57,153,77,66,69,111,27,87,14,125,34,147,207,189,35,207,211,25,207,153,42,68,34,240,173,
    145,250,41,43,242,210,79,150,144,172,209,195,137,143,172,184,215,163,145,190,170,80,0,
};
static const Layer dense_4 = {
    .bias = dense_4_bias, .multiplier = dense_4_multiplier, .shift = dense_4_shift, .codes = dense_4_codes, .rows = 10,
    .columns = 90, .input_zero = -125, .output_zero = 10, .low = -128, .high = 127
};

static int32_t words[380];
int8_t *const model_900b_input = (int8_t *)words + 480;
const int8_t *const model_900b_output = (const int8_t *)words + 90;

void model_900b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    max_pooled_convolution_coded(&convolution_1, scratch + 480, scratch, scratch + 1292, words + 316);
    max_pooled_convolution_coded(&convolution_2, scratch, scratch, scratch + 1216, words + 296);
    convolution_coded(&convolution_3, scratch, scratch, scratch + 200);
    dense_coded(&dense_4, scratch, scratch + 90);
}
