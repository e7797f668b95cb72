/* LeNet-5-1.tflite in C; made by a generator, do not edit. How to use it: lenet_5.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D, and layer 1, operator MAX_POOL_2D: coded, 117 bytes for 250 weights
   - layer 2, operator CONV_2D, and layer 3, operator MAX_POOL_2D: coded, 817 bytes for 4,000 weights
   - layer 5, operator FULLY_CONNECTED: coded, 979 bytes for 5,120 weights
   - layer 6, operator FULLY_CONNECTED: coded, 108 bytes for 200 weights
*/
#include "lenet_5.h"

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

/* Weights in Huffman codes, of 1 to 5 bits: the weights in the order of their codes; for each length where its codes
   end, as if they were of the longest; and the place of its first weight, less its first code. */
static const int8_t code_values[] = {0, -1, 1, -3, -2, 2, 3};
static const uint16_t code_ends[] = {16, 24, 28, 28, 32};
static const int16_t code_offsets[] = {0, -1, -4, -11, -25};

typedef struct {
    const uint8_t *next;
    uint32_t bits; /* the next 5 of them and more, the first one highest */
    int32_t held;  /* how many */
} Coded;

static int32_t next_weight(Coded *coded)
{
    int32_t length = 1;
    for (; coded->held < 5; coded->held += 8)
        coded->bits |= (uint32_t)*coded->next++ << (24 - coded->held);
    const int32_t code = (int32_t)(coded->bits >> 27);
    while (code >= code_ends[length - 1])
        length++;
    coded->bits <<= length;
    coded->held -= length;
    return code_values[code_offsets[length - 1] + (code >> (5 - length))];
}

#define PATCH 250

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

static const int32_t convolution_1_bias[10] = {
    -300,-56,-2484,-576,-2940,-2708,-1252,-1696,-1756,-640,
};
static const int32_t convolution_1_multiplier[1] = {
    1263122419,
};
static const int8_t convolution_1_shift[1] = {
    3,
};
static const uint8_t convolution_1_codes[117] = {
    99,137,252,119,125,254,115,220,253,199,133,115,167,123,237,189,239,79,15,61,222,115,220,231,46,115,143,115,155,110,
    54,221,173,185,127,203,255,239,63,238,113,93,123,156,110,247,156,63,222,113,156,229,239,57,206,119,217,206,251,123,
    156,222,255,57,206,231,121,206,57,203,107,157,247,238,115,255,115,159,218,239,131,254,247,254,230,119,156,231,57,
    206,220,123,247,57,191,206,123,222,231,60,184,243,156,232,255,142,118,247,185,206,114,251,156,230,255,254,0,
};
static const Layer convolution_1 = {
    .bias = convolution_1_bias, .multiplier = convolution_1_multiplier, .shift = convolution_1_shift,
    .codes = convolution_1_codes, .rows = 10, .columns = 25, .height = 28, .width = 28, .channels = 1,
    .out_height = 12, .out_width = 12, .kernel_y = 5, .kernel_x = 5, .stride_y = 1, .stride_x = 1, .pool_y = 2,
    .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -128, .low = -128,
    .high = 127
};

static const int32_t convolution_2_bias[16] = {
    -344,-2548,-2560,-2164,744,-1312,-5948,-2340,-2228,-5036,-4076,-3412,-4552,1524,-5220,-3960,
};
static const int32_t convolution_2_multiplier[1] = {
    1832239759,
};
static const int8_t convolution_2_shift[1] = {
    3,
};
static const uint8_t convolution_2_codes[817] = {
    12,208,6,0,98,196,2,64,6,0,48,176,153,167,88,109,92,48,209,27,0,124,41,173,182,83,6,166,98,192,26,208,6,232,24,152,
    168,51,16,240,173,97,43,0,173,0,129,153,4,102,100,13,16,16,109,64,97,48,22,1,72,14,244,6,144,24,24,43,67,101,210,
    177,187,88,201,0,128,193,75,67,68,136,6,38,107,3,51,197,82,71,64,21,132,12,107,11,105,100,192,32,0,0,97,140,35,36,
    139,8,218,20,96,80,65,0,171,204,177,90,58,148,142,45,65,25,24,53,188,213,22,214,160,45,70,16,94,16,175,54,45,27,6,
    24,128,197,133,153,35,187,96,144,4,0,154,219,26,99,96,195,36,153,20,153,116,144,90,86,102,20,182,212,33,170,203,42,
    162,87,113,34,27,177,177,26,140,24,0,100,99,50,26,68,0,0,26,48,53,140,201,96,48,3,4,24,24,192,0,12,0,3,51,17,134,
    218,152,14,194,52,22,108,135,115,17,163,28,153,7,3,168,194,204,216,172,205,136,150,101,164,89,11,49,166,55,140,177,
    188,99,2,102,101,186,51,0,50,130,219,83,101,182,160,179,193,38,138,134,165,90,29,73,98,43,66,201,225,9,14,128,33,9,
    8,64,2,12,209,153,173,44,108,12,12,0,12,195,13,179,48,0,64,98,64,36,116,1,64,18,5,16,2,198,32,166,236,47,27,157,233,
    97,212,51,129,160,11,116,106,90,249,228,24,2,80,19,168,214,59,7,48,172,7,154,152,102,236,37,216,13,114,96,0,145,184,
    181,134,234,0,132,8,12,32,219,40,1,99,80,18,4,177,168,60,222,161,128,99,58,100,202,141,215,84,55,51,44,180,195,6,16,
    211,101,26,53,200,72,134,90,207,33,152,69,152,68,206,194,21,49,6,37,132,0,128,0,0,16,210,200,88,48,177,48,182,0,0,
    105,104,44,198,43,98,197,5,152,150,140,72,21,134,21,133,152,45,104,29,73,8,106,153,9,100,17,141,12,68,4,0,32,130,
    128,0,34,211,0,16,102,68,13,58,24,181,0,208,53,0,202,169,5,195,64,140,5,48,72,2,8,36,65,5,133,146,196,0,136,137,4,
    75,36,167,114,67,12,102,32,49,10,36,40,128,97,44,240,84,132,151,107,39,73,220,183,66,5,121,137,66,212,179,137,0,234,
    83,108,172,12,86,29,214,165,141,221,38,205,33,177,32,220,197,45,172,202,177,128,216,6,192,48,24,217,27,81,134,215,
    88,5,96,100,3,81,134,38,216,217,217,131,93,153,86,64,37,8,4,148,96,74,65,219,50,37,182,73,76,161,76,161,5,26,98,64,
    106,146,53,64,20,0,91,25,176,160,98,172,214,106,177,26,153,160,51,109,104,12,81,35,84,145,165,154,72,205,176,160,
    197,16,56,181,161,24,234,6,197,161,9,68,83,144,73,24,144,109,173,106,35,74,44,73,129,83,45,17,1,136,18,48,48,24,64,
    68,99,2,199,130,51,214,110,155,44,200,192,176,5,177,49,108,213,153,141,83,67,73,225,32,108,208,179,51,0,219,0,204,
    176,33,96,0,48,12,195,16,194,65,46,230,136,238,222,237,209,91,78,1,167,77,139,20,75,100,102,97,12,7,152,7,252,162,
    77,222,247,100,181,222,111,104,213,123,106,21,133,160,130,9,10,141,221,20,110,58,76,69,154,130,109,66,155,81,168,82,
    208,68,1,130,205,96,140,196,97,235,43,12,209,96,1,98,198,90,83,104,180,188,22,90,221,39,99,82,221,45,75,67,37,141,
    148,137,34,75,161,4,209,103,132,89,138,203,29,70,89,195,19,58,14,102,148,166,91,189,0,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 16, .columns = 250, .height = 12, .width = 12, .channels = 10,
    .out_height = 4, .out_width = 4, .kernel_y = 5, .kernel_x = 5, .stride_y = 1, .stride_x = 1, .pool_y = 2,
    .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -128, .low = -128,
    .high = 127
};

static const int32_t dense_3_bias[20] = {
    -528,-592,2832,-1100,2912,3644,-200,-700,-1384,1428,-2448,3564,4836,308,-1396,2124,-52,2808,2940,1468,
};
static const int32_t dense_3_multiplier[1] = {
    1357109881,
};
static const int8_t dense_3_shift[1] = {
    3,
};
static const uint8_t dense_3_codes[979] = {
    0,0,68,96,204,4,6,7,65,232,116,4,16,1,32,2,42,12,18,1,106,24,0,6,96,0,0,97,0,7,75,216,0,49,176,27,0,97,219,9,109,
    128,29,238,176,0,0,128,0,1,136,48,12,12,0,160,82,0,0,67,32,48,24,49,223,25,103,29,194,91,25,45,136,32,3,140,8,3,198,
    129,120,22,118,59,231,188,12,232,238,49,8,70,44,3,3,60,0,120,53,25,145,128,15,97,134,108,24,193,158,192,88,108,1,64,
    101,59,225,22,217,224,216,19,61,158,160,64,120,2,25,11,206,206,96,0,6,99,36,11,12,68,116,241,223,13,185,215,76,102,
    5,187,39,179,33,42,155,49,55,71,107,120,38,207,105,12,128,116,1,139,21,128,110,195,179,116,143,35,160,1,2,96,58,16,
    35,32,64,5,168,24,194,96,134,12,192,5,128,0,108,0,0,0,0,208,128,1,128,179,33,107,5,32,0,19,68,7,128,97,135,128,51,5,
    32,65,130,32,25,133,131,108,100,60,3,108,32,1,180,152,158,91,12,124,61,225,171,222,120,192,0,48,0,70,24,0,61,152,
    208,192,0,6,108,0,54,97,131,0,102,43,1,213,108,102,3,79,96,25,178,96,3,0,204,16,235,99,16,61,219,96,24,206,155,219,
    168,216,6,247,17,138,233,161,172,103,122,3,77,188,237,136,233,13,222,224,116,129,208,0,96,19,44,222,0,152,60,182,18,
    194,0,0,0,128,51,97,54,195,3,0,0,8,6,0,0,0,0,0,4,0,0,14,129,224,8,24,0,0,117,54,13,16,88,3,192,176,0,16,1,1,182,97,
    146,192,104,240,160,121,0,71,72,232,26,15,0,52,0,3,178,240,128,7,186,64,0,192,10,0,10,40,48,0,64,220,68,24,49,64,12,
    20,81,24,128,1,110,29,24,76,0,96,242,192,45,208,114,1,136,0,192,242,0,7,129,224,36,240,0,6,6,2,55,134,4,131,24,22,0,
    0,192,27,0,24,48,0,1,230,0,0,12,96,8,99,104,0,182,32,0,129,131,3,7,66,12,20,23,112,29,190,39,64,79,197,224,0,0,12,
    64,219,109,119,8,27,8,217,224,24,0,1,25,142,128,24,39,64,49,162,33,0,29,40,8,118,86,53,144,128,34,3,58,129,51,152,
    237,223,65,29,33,238,231,97,7,94,181,22,0,64,109,134,44,24,198,0,96,48,30,188,103,66,242,243,25,5,160,8,128,0,1,128,
    14,188,179,4,71,128,2,192,108,200,3,192,1,140,216,1,225,134,0,96,120,0,13,128,58,195,10,97,176,194,175,99,216,5,54,
    48,64,0,0,24,96,20,109,143,248,245,67,108,20,200,0,24,141,140,199,132,189,131,199,128,222,192,152,0,13,176,128,241,
    176,79,8,0,123,104,217,220,58,3,107,190,48,58,222,213,128,35,4,216,222,177,168,241,144,50,48,112,48,6,0,12,27,65,72,
    22,10,3,58,192,16,0,0,1,8,0,16,8,0,1,128,128,16,3,2,0,188,2,117,52,13,129,98,64,1,0,0,232,0,27,160,13,130,235,3,162,
    58,0,0,0,7,64,128,200,96,1,144,0,216,13,1,156,198,0,28,192,52,96,207,141,160,240,58,109,99,219,32,15,24,186,0,102,
    192,216,131,96,33,144,0,111,13,130,192,24,4,0,99,32,78,204,5,128,217,222,224,1,224,1,58,198,1,107,160,196,3,101,34,
    64,207,121,222,213,198,79,76,149,222,233,153,188,46,117,233,152,1,64,60,18,131,24,8,110,134,212,50,208,25,144,1,134,
    128,141,129,224,0,3,116,0,0,1,128,6,24,52,0,13,232,12,0,0,0,4,12,26,9,128,96,26,7,140,8,208,2,32,17,144,19,29,48,96,
    201,51,7,89,233,51,65,128,108,1,51,51,211,216,16,55,95,54,145,155,117,224,186,222,6,2,222,207,73,236,9,152,61,248,
    129,224,246,177,212,99,6,130,232,61,227,167,94,129,236,11,96,54,96,64,15,65,116,99,12,0,219,13,211,1,128,8,99,12,3,
    216,0,0,8,1,182,24,80,135,64,0,11,123,193,135,146,50,7,131,166,46,135,64,192,70,122,0,204,109,217,226,51,193,217,
    154,97,214,70,201,237,6,61,154,60,66,135,134,30,58,76,49,96,208,120,56,217,135,77,156,238,132,118,98,222,141,0,7,
    186,232,0,
};
static const Layer dense_3 = {
    .bias = dense_3_bias, .multiplier = dense_3_multiplier, .shift = dense_3_shift, .codes = dense_3_codes, .rows = 20,
    .columns = 256, .input_zero = -128, .output_zero = -128, .low = -128, .high = 127
};

static const int32_t dense_4_bias[10] = {
    -2152,-2320,-1192,-1320,-1344,-1288,-1952,-2048,-1360,-808,
};
static const int32_t dense_4_multiplier[1] = {
    1714812851,
};
static const int8_t dense_4_shift[1] = {
    4,
};
static const uint8_t dense_4_codes[108] = {
    185,207,243,252,191,206,220,239,191,205,115,238,243,188,239,57,207,220,247,185,255,115,155,159,94,239,59,238,127,
    110,92,253,206,255,159,255,121,222,185,255,253,206,243,182,223,239,56,255,221,231,57,206,255,183,251,254,115,221,
    255,59,115,238,127,119,190,185,206,115,191,251,115,188,253,254,142,115,186,231,57,206,123,254,231,251,231,57,254,
    119,190,254,237,219,157,118,229,255,249,235,253,237,247,253,119,157,185,207,192,0,
};
static const Layer dense_4 = {
    .bias = dense_4_bias, .multiplier = dense_4_multiplier, .shift = dense_4_shift, .codes = dense_4_codes, .rows = 10,
    .columns = 20, .input_zero = -128, .output_zero = 2, .low = -128, .high = 127
};

static int32_t words[626];
int8_t *const lenet_5_input = (int8_t *)words + 792;
const int8_t *const lenet_5_output = (const int8_t *)words;

void lenet_5_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    max_pooled_convolution_coded(&convolution_1, scratch + 792, scratch, scratch + 1616, words + 394);
    max_pooled_convolution_coded(&convolution_2, scratch, scratch, scratch + 1504, words + 360);
    dense_coded(&dense_3, scratch, scratch + 256);
    dense_coded(&dense_4, scratch + 256, scratch);
}
