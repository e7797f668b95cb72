/* 650B-3.tflite in C; made by a generator, do not edit. How to use it: model_650b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: coded, 18 bytes for 45 weights
   - layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D: coded, 80 bytes for 225 weights
   - layer 3, operator CONV_2D: coded, 97 bytes for 270 weights
   - layer 4, operator CONV_2D, and layer 5, operator MAX_POOL_2D: coded, 116 bytes for 324 weights
   - layer 6, operator CONV_2D, and layer 7, operator MEAN: coded, 191 bytes for 540 weights
   - layer 8, operator FULLY_CONNECTED: coded, 37 bytes for 100 weights
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

#define PATCH 54

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
    156,-420,-584,-332,208,
};
static const int32_t rows_1_convolution_1_multiplier[5] = {
    1149287741,1149287741,1149287741,1149287741,1149287741,
};
static const int8_t rows_1_convolution_1_shift[5] = {
    2,2,2,2,2,
};
static const uint8_t rows_1_convolution_1_codes[18] = {
    115,63,238,73,229,123,118,136,81,75,117,70,73,219,102,174,224,0,
};
static const Layer rows_1_convolution_1 = {
    .bias = rows_1_convolution_1_bias, .multiplier = rows_1_convolution_1_multiplier,
    .shift = rows_1_convolution_1_shift, .codes = rows_1_convolution_1_codes, .rows = 5, .columns = 9, .height = 3,
    .width = 28, .channels = 1, .out_height = 1, .out_width = 26, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .input_zero = -128, .output_zero = -126, .low = -126, .high = 127
};

static const int32_t rows_1_convolution_2_bias[5] = {
    -2440,-2208,-466,-1340,-534,
};
static const int32_t rows_1_convolution_2_multiplier[5] = {
    1667397159,1667397159,1667397159,1667397159,1667397159,
};
static const int8_t rows_1_convolution_2_shift[5] = {
    3,3,3,3,3,
};
static const uint8_t rows_1_convolution_2_codes[80] = {
    68,242,63,95,105,161,34,212,173,18,5,11,34,155,88,191,117,13,219,26,189,201,85,234,162,167,75,68,119,148,170,58,91,
    62,220,251,233,243,15,73,108,142,161,41,210,86,36,170,154,98,241,41,155,83,209,187,42,96,194,81,168,3,244,147,83,48,
    64,69,50,191,64,133,121,60,139,105,0,157,58,0,
};
static const Layer rows_1_convolution_2 = {
    .bias = rows_1_convolution_2_bias, .multiplier = rows_1_convolution_2_multiplier,
    .shift = rows_1_convolution_2_shift, .codes = rows_1_convolution_2_codes, .rows = 5, .columns = 45, .height = 4,
    .width = 26, .channels = 5, .out_height = 1, .out_width = 12, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -126,
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
    422,1195,1270,-3840,1708,507,
};
static const int32_t convolution_2_multiplier[6] = {
    1142674298,1142674298,1142674298,1142674298,1142674298,1142674298,
};
static const int8_t convolution_2_shift[6] = {
    3,3,3,3,3,3,
};
static const uint8_t convolution_2_codes[97] = {
    153,109,44,178,243,71,81,149,86,149,224,233,133,80,212,240,139,202,167,126,157,225,103,236,39,178,247,212,219,67,12,
    156,178,31,144,253,47,21,212,37,46,87,213,190,202,117,133,217,228,235,14,41,34,94,106,164,162,29,73,20,73,42,154,
    100,147,250,95,73,189,189,172,74,202,122,191,137,245,210,239,244,118,228,97,132,79,255,71,67,194,95,195,89,83,249,
    85,248,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 6, .columns = 45, .height = 12, .width = 12, .channels = 5, .out_height = 10,
    .out_width = 10, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -127,
    .output_zero = -126, .low = -126, .high = 127
};

static const int32_t convolution_3_bias[6] = {
    -1752,24,1028,3122,-1200,-226,
};
static const int32_t convolution_3_multiplier[6] = {
    1182258285,1182258285,1182258285,1182258285,1182258285,1182258285,
};
static const int8_t convolution_3_shift[6] = {
    3,3,3,3,3,3,
};
static const uint8_t convolution_3_codes[116] = {
    113,161,70,151,29,83,184,72,38,12,30,210,198,71,54,43,52,193,235,245,70,25,57,119,137,218,72,169,228,149,126,253,52,
    176,59,176,95,191,210,11,213,178,240,191,213,102,217,91,232,237,102,121,98,43,57,85,99,252,187,150,104,16,206,218,
    245,46,134,184,159,237,146,23,181,103,238,95,107,173,47,172,70,168,123,150,5,172,108,32,183,115,41,35,26,78,215,110,
    87,80,146,237,145,230,209,103,244,94,81,46,199,213,177,117,72,162,0,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 6, .columns = 54, .height = 10, .width = 10, .channels = 6, .out_height = 4,
    .out_width = 4, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -126, .output_zero = -126, .low = -126, .high = 127
};

static const int32_t convolution_4_bias[10] = {
    1822,602,-62,1212,888,1284,-402,-180,884,2046,
};
static const int32_t convolution_4_multiplier[10] = {
    1367301781,1367301781,1367301781,1367301781,1367301781,1367301781,1367301781,1367301781,1367301781,1367301781,
};
static const int8_t convolution_4_shift[10] = {
    3,3,3,3,3,3,3,3,3,3,
};
static const uint8_t convolution_4_codes[191] = {
    253,217,247,181,183,255,94,184,144,45,43,241,124,96,246,155,171,87,152,84,51,37,36,136,224,105,237,214,198,226,79,
    23,75,46,136,71,107,159,181,118,164,2,244,222,36,210,64,28,151,34,208,160,67,29,59,138,148,225,19,153,9,122,91,3,
    187,150,101,215,106,127,110,145,208,243,43,83,127,185,103,179,88,85,113,225,102,24,227,150,16,199,225,54,90,105,121,
    192,245,227,246,71,101,234,184,99,63,127,218,116,151,74,75,211,107,98,183,245,175,20,238,89,37,209,210,87,76,41,73,
    108,152,131,36,202,75,122,176,213,223,6,148,241,36,128,106,119,114,74,135,71,47,252,127,235,111,13,228,179,61,251,
    239,137,182,66,212,166,63,36,155,241,199,196,172,170,142,80,234,125,139,175,55,106,180,103,228,171,79,199,223,207,
    186,96,0,
};
static const Layer convolution_4 = {
    .bias = convolution_4_bias, .multiplier = convolution_4_multiplier, .shift = convolution_4_shift,
    .codes = convolution_4_codes, .rows = 10, .columns = 54, .height = 4, .width = 4, .channels = 6, .out_height = 1,
    .out_width = 1, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -126, .output_zero = -127, .low = -127, .high = 127
};

static const int32_t dense_5_bias[10] = {
    -1218,-1381,-655,-730,-742,-770,-707,-786,-639,-774,
};
static const int32_t dense_5_multiplier[10] = {
    1646264320,1646264320,1646264320,1646264320,1646264320,1646264320,1646264320,1646264320,1646264320,1646264320,
};
static const int8_t dense_5_shift[10] = {
    3,3,3,3,3,3,3,3,3,3,
};
static const uint8_t dense_5_codes[37] = {
    76,26,233,119,243,77,13,131,113,206,247,110,55,76,150,94,137,145,45,44,135,77,127,212,19,149,197,240,214,113,113,41,
    213,75,204,236,0,
};
static const Layer dense_5 = {
    .bias = dense_5_bias, .multiplier = dense_5_multiplier, .shift = dense_5_shift, .codes = dense_5_codes, .rows = 10,
    .columns = 10, .input_zero = -127, .output_zero = 27, .low = -128, .high = 127
};

static int32_t words[383];
int8_t *const model_650b_input = (int8_t *)words;
const int8_t *const model_650b_output = (const int8_t *)words;

void model_650b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    rows_1(scratch, scratch, words + 196);
    convolution_coded(&convolution_2, scratch, scratch + 720, scratch + 1320);
    max_pooled_convolution_coded(&convolution_3, scratch + 720, scratch + 256, scratch + 24, words);
    mean_pooled_convolution_coded(&convolution_4, scratch + 256, scratch + 256, scratch + 40, words, -508, 1676689156, 1, -127);
    dense_coded(&dense_5, scratch + 256, scratch);
}
