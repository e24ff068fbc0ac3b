"""The CUDA kernels of splatting. `real` is float or double.

Every kernel strides over its `count` items, so it is right for any size of the grid, one thread
included. Pictures are dense, in (B, H, W, C) order if `by_pixel`, else (B, C, H, W); flows are
(B, 2, H, W), everything else is (B, H*W).
"""

from ..reference import EXPONENT_LIMIT
from ..weighting import Weighting

SOURCE = r"""
#define FOR_EACH(index, count)                                                          \
    for (long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x; index < count; \
         index += (long long)gridDim.x * blockDim.x)

enum Weighting { WEIGHTINGS };

/* The four pixels around p + flow(p): their index in the picture, -1 outside it, the bilinear
   weight, and its derivatives in the flow. */
struct Corner {
    long long place;
    real bilinear, slope_x, slope_y;
};

/* Fills in the corners of a source pixel; false if its flow or metric sends it nowhere. */
__device__ bool find_corners(
    const real* flow, const real* metric, int weighting, long long item, long long pixel,
    int height, int width, Corner* corners)
{
    const long long plane = (long long)height * width;
    const real x = (real)(pixel % width) + flow[(2 * item) * plane + pixel];
    const real y = (real)(pixel / width) + flow[(2 * item + 1) * plane + pixel];
    /* False for NaN; and nothing huge is ever turned into an integer. */
    if (!(x > -1 && x < width && y > -1 && y < height)) return false;
    if (weighting != EQUAL) {
        const real value = metric[item * plane + pixel];
        if (!(value - value == 0)) return false;
    }
    const real left = floor(x), upper = floor(y);
    const real right_part = x - left, lower_part = y - upper;
    for (int corner = 0; corner < 4; ++corner) {
        const int right = corner % 2, down = corner / 2;
        const int column = (int)left + right, row = (int)upper + down;
        const real weight_x = right ? right_part : 1 - right_part;
        const real weight_y = down ? lower_part : 1 - lower_part;
        const bool within = column >= 0 && column < width && row >= 0 && row < height;
        corners[corner].place = within ? (long long)row * width + column : -1;
        corners[corner].bilinear = weight_x * weight_y;
        corners[corner].slope_x = right ? weight_y : -weight_y;
        corners[corner].slope_y = down ? weight_x : -weight_x;
    }
    return true;
}

/* The weight of a source pixel at a target pixel with this peak. */
__device__ real weigh(int weighting, real metric, real peak)
{
    if (weighting == LINEAR) return metric;
    if (weighting == EXPONENTIAL) return exp(metric);
    if (weighting == SHIFTED) {
        const real excess = metric - peak;
        return exp(excess < (real)EXPONENT_LIMIT ? excess : (real)EXPONENT_LIMIT);
    }
    return 1;
}

/* 1 / denominator; nothing where no weight arrives, and where the reciprocal would overflow. */
__device__ real invert(real denominator)
{
    return denominator > (real)1e-37 || denominator < (real)-1e-37 ? 1 / denominator : 0;
}

/* Floats of one sign are ordered like their bits, those below zero the other way round. */
__device__ void atomic_max(float* address, float value)
{
    const int bits = __float_as_int(value);
    if (bits >= 0) atomicMax((int*)address, bits);
    else atomicMin((unsigned int*)address, (unsigned int)bits);
}

__device__ void atomic_max(double* address, double value)
{
    const long long bits = __double_as_longlong(value);
    if (bits >= 0) atomicMax((long long*)address, bits);
    else atomicMin((unsigned long long*)address, (unsigned long long)bits);
}

__device__ long long index_of(
    int by_pixel, long long item, int channel, long long place, int channels, long long plane)
{
    return by_pixel ? (item * plane + place) * channels + channel
                    : (item * channels + channel) * plane + place;
}

/* One item is a source pixel. `peak` begins at minus infinity. */
extern "C" __global__ void find_peaks(
    long long count, int height, int width, const real* flow, const real* metric, real* peak)
{
    const long long plane = (long long)height * width;
    FOR_EACH(index, count) {
        const long long item = index / plane, pixel = index % plane;
        Corner corners[4];
        if (!find_corners(flow, metric, SHIFTED, item, pixel, height, width, corners)) continue;
        for (int corner = 0; corner < 4; ++corner)
            if (corners[corner].place >= 0 && corners[corner].bilinear > 0)
                atomic_max(peak + item * plane + corners[corner].place, metric[index]);
    }
}

/* One item is a source pixel. `coverage` and `denominator` begin at 0. */
extern "C" __global__ void sum_weights(
    long long count, int height, int width, int weighting, const real* flow, const real* metric,
    const real* peak, real* coverage, real* denominator)
{
    const long long plane = (long long)height * width;
    FOR_EACH(index, count) {
        const long long item = index / plane, pixel = index % plane;
        Corner corners[4];
        if (!find_corners(flow, metric, weighting, item, pixel, height, width, corners)) continue;
        const real value = weighting == EQUAL ? 0 : metric[index];
        for (int corner = 0; corner < 4; ++corner) {
            if (corners[corner].place < 0) continue;
            const long long place = item * plane + corners[corner].place;
            const real bilinear = corners[corner].bilinear;
            atomicAdd(coverage + place, bilinear);
            atomicAdd(denominator + place, bilinear * weigh(weighting, value, peak[place]));
        }
    }
}

/* One item is a number of the source picture. `output` begins at 0. */
extern "C" __global__ void splat(
    long long count, int channels, int height, int width, int weighting, int normalised,
    int by_pixel, const real* input, const real* flow, const real* metric, const real* peak,
    const real* denominator, real* output)
{
    const long long plane = (long long)height * width;
    FOR_EACH(index, count) {
        const long long outer = index / (by_pixel ? channels : plane);
        const int channel = (int)(by_pixel ? index % channels : outer % channels);
        const long long item = by_pixel ? outer / plane : outer / channels;
        const long long pixel = by_pixel ? outer % plane : index % plane;
        Corner corners[4];
        if (!find_corners(flow, metric, weighting, item, pixel, height, width, corners)) continue;
        const real value = weighting == EQUAL ? 0 : metric[item * plane + pixel];
        for (int corner = 0; corner < 4; ++corner) {
            if (corners[corner].place < 0) continue;
            const long long place = item * plane + corners[corner].place;
            real share = corners[corner].bilinear * weigh(weighting, value, peak[place]);
            if (normalised) share = denominator[place] != 0 ? share / denominator[place] : 0;
            atomicAdd(
                output + index_of(
                    by_pixel, item, channel, corners[corner].place, channels, plane),
                share * input[index]);
        }
    }
}

/* One item is a source pixel. With out = sum of b w I / D, where b is the bilinear weight and w
   the pixel's own:  d out / d I = b w / D,  d out / d b = (I - out) w / D,
   d out / d w = (I - out) b / D. */
extern "C" __global__ void gather(
    long long count, int channels, int height, int width, int weighting, int normalised,
    int by_pixel, const real* grad, const real* grad_coverage, const real* input,
    const real* flow, const real* metric, const real* output, const real* peak,
    const real* denominator, real* grad_input, real* grad_flow, real* grad_metric)
{
    const long long plane = (long long)height * width;
    FOR_EACH(index, count) {
        const long long item = index / plane, pixel = index % plane;
        Corner corners[4];
        const bool inside =
            find_corners(flow, metric, weighting, item, pixel, height, width, corners);
        const real value = weighting == EQUAL || !inside ? 0 : metric[index];
        real inverse[4], weight[4], agreement[4];
        for (int corner = 0; corner < 4; ++corner) {
            const bool counts = inside && corners[corner].place >= 0;
            const long long place = item * plane + (counts ? corners[corner].place : 0);
            inverse[corner] = !counts ? 0 : normalised ? invert(denominator[place]) : 1;
            weight[corner] = counts ? weigh(weighting, value, peak[place]) : 0;
            agreement[corner] = 0;
        }
        for (int channel = 0; channel < channels; ++channel) {
            const long long here = index_of(by_pixel, item, channel, pixel, channels, plane);
            const real own = input[here];
            real pulled = 0;
            for (int corner = 0; corner < 4; ++corner) {
                if (inverse[corner] == 0) continue;
                const long long there = index_of(
                    by_pixel, item, channel, corners[corner].place, channels, plane);
                pulled += grad[there] * corners[corner].bilinear * weight[corner]
                    * inverse[corner];
                agreement[corner] += grad[there] * (normalised ? own - output[there] : own);
            }
            grad_input[here] = pulled;
        }
        real pull_x = 0, pull_y = 0, change = 0;
        for (int corner = 0; inside && corner < 4; ++corner) {
            if (corners[corner].place < 0) continue;
            const real known = agreement[corner] * inverse[corner];
            const real pull = known * weight[corner]
                + grad_coverage[item * plane + corners[corner].place];
            pull_x += pull * corners[corner].slope_x;
            pull_y += pull * corners[corner].slope_y;
            change += known * corners[corner].bilinear
                * (weighting == LINEAR ? 1 : weight[corner]);
        }
        grad_flow[(2 * item) * plane + pixel] = pull_x;
        grad_flow[(2 * item + 1) * plane + pixel] = pull_y;
        if (weighting != EQUAL) grad_metric[index] = change;
    }
}
""".replace("EXPONENT_LIMIT", repr(EXPONENT_LIMIT)).replace(
    "WEIGHTINGS", ", ".join(f"{weighting.name} = {weighting.value}" for weighting in Weighting)
)
