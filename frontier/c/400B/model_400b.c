/* 400B-2.tflite in C; made by a generator, do not edit. How to use it: model_400b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: shared4, 68 bytes for 100 weights
   - layer 1, operator CONV_2D: shared4, 106 bytes for 180 weights
   - layer 2, operator CONV_2D: shared4, 131 bytes for 225 weights
   - layer 4, operator FULLY_CONNECTED: shared4, 246 bytes for 450 weights
*/
#include "model_400b.h"

static inline int8_t clamp(int32_t x, int32_t low, int32_t high)
{
    return (int8_t)(x < low ? low : x > high ? high : x);
}

/* x * multiplier / 2^31 / 2^shift, rounded twice: halves up, then halves away from zero.
   For shifts from 1 to 31 and x below 2^30, as all here are. */
static inline int32_t scale(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t high = (int32_t)(((int64_t)x * multiplier + (1 << 30)) >> 31);
    return (high + (high >> 31) + (1 << (shift - 1))) >> shift;
}

typedef int8_t DIMENSION;

typedef uint8_t COUNT;

typedef struct {
    const int32_t *bias;       /* with the input's zero point folded in */
    const int32_t *multiplier; /* of each output channel, over 2^31 */
    const int8_t *shift;       /* right, after the multiplication */
    const uint8_t *codes;
    const int8_t *values; /* weights, or tables of them */
    const COUNT *counts;  /* weights stored of each row */
    DIMENSION table_step; /* from one row's table to the next */
    DIMENSION height, width, channels, rows, columns;
    DIMENSION kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x;
    DIMENSION out_height, out_width;
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

#define PATCH 45

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

static void convolution_shared4(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch)
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
        const int8_t *w = l->values;
        const uint8_t *codes = l->codes;
        for (int32_t c = 0; c < l->rows; c++) {
            const int8_t *x = patch;
            int32_t acc0 = l->bias[c], acc1 = acc0, acc2 = acc0, acc3 = acc0;
            int32_t n = l->columns, v;
            for (; n >= 2; n -= 2, x += 2) {
                const uint32_t code = *codes++; /* 2 indices */
                v = w[code >> 0 & 15u];
                acc0 += v * x[0];
                acc1 += v * x[1 * PATCH];
                acc2 += v * x[2 * PATCH];
                acc3 += v * x[3 * PATCH];
                v = w[code >> 4 & 15u];
                acc0 += v * x[1];
                acc1 += v * x[1 + 1 * PATCH];
                acc2 += v * x[1 + 2 * PATCH];
                acc3 += v * x[1 + 3 * PATCH];
            }
            if (n > 0)
                for (uint32_t code = *codes++; n > 0; n--, x++, code >>= 4) {
                    v = w[code & 15u];
                    acc0 += v * x[0];
                    acc1 += v * x[1 * PATCH];
                    acc2 += v * x[2 * PATCH];
                    acc3 += v * x[3 * PATCH];
                }
            w += l->table_step;
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

static void dense_shared4(const Layer *l, const int8_t *in, int8_t *out)
{
    const int8_t *w = l->values;
    const uint8_t *codes = l->codes;
    for (int32_t c = 0; c < l->rows; c++) {
        const int8_t *x = in;
        int32_t acc0 = l->bias[c];
        int32_t n = l->columns, v;
        for (; n >= 2; n -= 2, x += 2) {
            const uint32_t code = *codes++; /* 2 indices */
            v = w[code >> 0 & 15u];
            acc0 += v * x[0];
            v = w[code >> 4 & 15u];
            acc0 += v * x[1];
        }
        if (n > 0)
            for (uint32_t code = *codes++; n > 0; n--, x++, code >>= 4) {
                v = w[code & 15u];
                acc0 += v * x[0];
            }
        w += l->table_step;
        *out++ = requantize(l, c, acc0);
    }
}

static const int32_t convolution_1_bias[4] = {
    -245,-1154,-564,-1055,
};
static const int32_t convolution_1_multiplier[4] = {
    1586032741,1586032741,1586032741,1586032741,
};
static const int8_t convolution_1_shift[4] = {
    3,3,3,3,
};
static const int8_t convolution_1_values[16] = {
    -3,-2,-1,0,1,2,0,0,0,0,0,0,0,0,0,0,
};
static const uint8_t convolution_1_codes[52] = {
    68,50,68,85,67,35,51,3,16,34,51,51,2,67,67,50,68,3,67,0,34,0,67,32,68,4,52,51,65,52,19,67,36,48,35,34,69,1,3,0,48,
    69,3,32,52,34,48,68,19,52,68,5,
};
static const Layer convolution_1 = {
    .bias = convolution_1_bias, .multiplier = convolution_1_multiplier, .shift = convolution_1_shift,
    .values = convolution_1_values, .codes = convolution_1_codes, .rows = 4, .columns = 25, .height = 28, .width = 28,
    .channels = 1, .out_height = 12, .out_width = 12, .kernel_y = 5, .kernel_x = 5, .stride_y = 2, .stride_x = 2,
    .input_zero = -128, .output_zero = -97, .low = -97, .high = 127
};

static const int32_t convolution_2_bias[5] = {
    -1705,932,-2365,106,-55,
};
static const int32_t convolution_2_multiplier[5] = {
    2030961408,2030961408,2030961408,2030961408,2030961408,
};
static const int8_t convolution_2_shift[5] = {
    3,3,3,3,3,
};
static const int8_t convolution_2_values[16] = {
    -3,-2,-1,0,1,2,3,0,0,0,0,0,0,0,0,0,
};
static const uint8_t convolution_2_codes[90] = {
    2,35,3,51,35,67,4,18,3,49,18,66,36,34,35,64,50,64,67,97,52,65,52,51,66,98,52,98,51,98,50,66,50,97,51,98,37,49,19,33,
    16,2,53,50,18,35,0,19,52,68,1,51,2,50,52,20,36,3,53,1,20,67,53,67,86,68,34,68,32,68,48,68,35,20,34,52,35,68,34,37,
    33,70,33,52,50,37,50,69,50,51,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .values = convolution_2_values, .codes = convolution_2_codes, .rows = 5, .columns = 36, .height = 12, .width = 12,
    .channels = 4, .out_height = 5, .out_width = 5, .kernel_y = 3, .kernel_x = 3, .stride_y = 2, .stride_x = 2,
    .input_zero = -97, .output_zero = -105, .low = -105, .high = 127
};

static const int32_t convolution_3_bias[5] = {
    1101,-465,1309,306,-178,
};
static const int32_t convolution_3_multiplier[5] = {
    1289389864,1289389864,1289389864,1289389864,1289389864,
};
static const int8_t convolution_3_shift[5] = {
    2,2,2,2,2,
};
static const int8_t convolution_3_values[16] = {
    -3,-2,-1,0,1,2,3,0,0,0,0,0,0,0,0,0,
};
static const uint8_t convolution_3_codes[115] = {
    50,52,83,68,51,69,20,85,53,37,83,51,66,68,81,48,50,0,67,82,36,68,5,35,82,35,34,83,36,22,53,35,67,2,36,3,32,18,51,67,
    83,66,21,5,97,1,51,68,37,82,99,49,85,35,35,67,81,36,21,83,65,33,68,2,98,81,35,70,4,18,37,35,83,4,52,81,32,52,67,53,
    52,37,51,84,97,66,48,21,51,50,36,4,33,67,19,50,50,50,37,83,83,81,35,50,52,19,36,37,35,100,52,19,53,64,1,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .values = convolution_3_values, .codes = convolution_3_codes, .rows = 5, .columns = 45, .height = 5, .width = 5,
    .channels = 5, .out_height = 3, .out_width = 3, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1,
    .input_zero = -105, .output_zero = -115, .low = -115, .high = 127
};

static const int32_t dense_4_bias[10] = {
    -1837,-1148,-779,-1253,-1776,-787,-1522,-2052,-830,-2309,
};
static const int32_t dense_4_multiplier[10] = {
    1209010221,1209010221,1209010221,1209010221,1209010221,1209010221,1209010221,1209010221,1209010221,1209010221,
};
static const int8_t dense_4_shift[10] = {
    3,3,3,3,3,3,3,3,3,3,
};
static const int8_t dense_4_values[16] = {
    -3,-2,-1,0,1,2,3,0,0,0,0,0,0,0,0,0,
};
static const uint8_t dense_4_codes[230] = {
    66,36,50,36,32,3,17,66,83,52,3,4,52,50,3,37,36,22,17,97,98,52,2,36,52,34,67,19,67,101,52,34,18,51,52,32,66,50,35,35,
    50,51,18,50,50,5,68,48,84,19,37,35,83,35,34,34,34,67,67,68,82,80,4,50,35,33,69,16,6,36,48,66,20,3,68,68,35,3,36,83,
    80,34,68,51,49,51,52,3,37,4,67,2,19,69,19,82,66,96,53,50,20,48,67,2,52,68,33,20,32,81,67,50,68,2,1,51,68,36,66,83,
    50,33,35,37,69,19,84,19,48,70,34,65,2,35,36,1,84,3,82,35,17,69,65,34,34,36,99,66,18,21,21,48,67,52,51,4,19,66,50,50,
    3,4,48,85,50,51,51,67,20,3,3,50,34,48,4,50,34,36,48,101,3,68,21,3,66,35,19,3,51,50,17,97,67,68,52,67,69,38,18,86,52,
    22,34,17,1,51,3,65,36,2,17,33,2,2,48,67,84,68,33,51,51,18,51,64,99,67,68,67,36,1,
};
static const Layer dense_4 = {
    .bias = dense_4_bias, .multiplier = dense_4_multiplier, .shift = dense_4_shift, .values = dense_4_values,
    .codes = dense_4_codes, .rows = 10, .columns = 45, .input_zero = -115, .output_zero = 29, .low = -128, .high = 127
};

void model_400b_run(const int8_t input[784], int8_t output[10])
{
    static int32_t words[187];
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    convolution_shared4(&convolution_1, input, scratch, scratch + 576);
    convolution_shared4(&convolution_2, scratch, scratch, scratch + 576);
    convolution_shared4(&convolution_3, scratch, scratch, scratch + 128);
    dense_shared4(&dense_4, scratch, output);
}
