"""The compiled CPU kernels of mixing pictures: how they differ, where they are looked up, sums.

Pictures and flows come as (B, H, W, C), contiguous, so that a pixel's numbers stand side by side.
Lines count the rows of all pictures of the batch, one after the other.
"""

# mypy: disable-error-code="no-untyped-def"

import numpy as np

from .compiler import compiled


@compiled
def difference_at_half(one, two, output, start, stop):
    """Write the mean of |one − two| over channels and 2×2 pixels for the lines of (B, H/2, W/2)."""
    _, height, width = output.shape
    channels = one.shape[3]
    step = 2 * channels
    sums = np.empty(one.shape[2] * channels, one.dtype)
    for line in range(start, stop):
        item, row = line // height, line % height
        first, second = one[item, 2 * row].reshape(-1), two[item, 2 * row].reshape(-1)
        for place in range(len(sums)):
            sums[place] = abs(first[place] - second[place])
        first, second = one[item, 2 * row + 1].reshape(-1), two[item, 2 * row + 1].reshape(-1)
        for place in range(len(sums)):
            sums[place] += abs(first[place] - second[place])
        for column in range(width):
            total = np.float32(0)
            for place in range(column * step, column * step + step):
                total += sums[place]
            output[item, row, column] = total / (2 * step)


@compiled
def photometric(one, two, flow, output, start, stop):
    """Write the mean over channels of |one − two at p + flow(p)| for the lines of (B, H, W).

    Bilinear; what lies outside counts as 0, as it does where the flow is not finite.
    """
    _, height, width, channels = one.shape
    for line in range(start, stop):
        item, row = line // height, line % height
        picture, motion = two[item], flow[item, row]
        for column in range(width):
            x, y = np.float32(column) + motion[column, 0], np.float32(row) + motion[column, 1]
            total = np.float32(0)
            if not (-1 < x < width and -1 < y < height):  # not a number, too
                for channel in range(channels):
                    total += abs(one[item, row, column, channel])
                output[item, row, column] = total / channels
                continue
            left, top = int(np.floor(x)), int(np.floor(y))
            right, low = x - np.float32(left), y - np.float32(top)
            inside_left, inside_right = left >= 0, left + 1 < width
            inside_top, inside_low = top >= 0, top + 1 < height
            for channel in range(channels):
                seen = np.float32(0)
                if inside_top and inside_left:
                    seen += (1 - right) * (1 - low) * picture[top, left, channel]
                if inside_top and inside_right:
                    seen += right * (1 - low) * picture[top, left + 1, channel]
                if inside_low and inside_left:
                    seen += (1 - right) * low * picture[top + 1, left, channel]
                if inside_low and inside_right:
                    seen += right * low * picture[top + 1, left + 1, channel]
                total += abs(one[item, row, column, channel] - seen)
            output[item, row, column] = total / channels


@compiled
def enlarged_places(flow, factor, columns, rows, start, stop):
    """Write x + factor · flow and y + factor · flow of every pixel: lines of (B, H, W) each.

    The flow (B, h, w, 2) is enlarged bilinearly to (H, W); `factor`, one an item, holds the ratio.
    """
    _, height, width = columns.shape
    low, high = flow.shape[1:3]
    lefts, rights = _between(width, high)
    tops, downs = _between(height, low)
    line_x, line_y = np.empty(high, flow.dtype), np.empty(high, flow.dtype)
    for line in range(start, stop):
        item, row = line // height, line % height
        above = flow[item, tops[row]]
        below = flow[item, min(tops[row] + 1, low - 1)]
        down, scale = downs[row], factor[item]
        for column in range(high):
            line_x[column] = scale * ((1 - down) * above[column, 0] + down * below[column, 0])
            line_y[column] = scale * ((1 - down) * above[column, 1] + down * below[column, 1])
        for column in range(width):
            left, right = lefts[column], rights[column]
            next_one = min(left + 1, high - 1)
            columns[item, row, column] = (
                column + (1 - right) * line_x[left] + right * line_x[next_one]
            )
            rows[item, row, column] = row + (1 - right) * line_y[left] + right * line_y[next_one]


@compiled
def add_mixed(one, two, time, share, output, start, stop):
    """Add share · ((1 − time) · one + time · two) to the lines of the output (B, H, W, C).

    The share (B, h, w) is enlarged bilinearly to (H, W); `time` is one an item.
    """
    _, height, width, channels = output.shape
    low, high = share.shape[1:]
    lefts, rights = _between(width, high)
    tops, downs = _between(height, low)
    shares = np.empty(high, share.dtype)
    weights = np.empty(width * channels, share.dtype)
    for line in range(start, stop):
        item, row = line // height, line % height
        above, below = share[item, tops[row]], share[item, min(tops[row] + 1, low - 1)]
        down, late = downs[row], time[item]
        for column in range(high):
            shares[column] = (1 - down) * above[column] + down * below[column]
        for column in range(width):
            left, right = lefts[column], rights[column]
            weight = (1 - right) * shares[left] + right * shares[min(left + 1, high - 1)]
            for channel in range(channels):
                weights[column * channels + channel] = weight
        first, second = one[item, row].reshape(-1), two[item, row].reshape(-1)
        result = output[item, row].reshape(-1)
        for place in range(len(weights)):
            result[place] += weights[place] * ((1 - late) * first[place] + late * second[place])


@compiled
def _between(length, source):
    """Of every place: which of `source` numbers is left of it, and how far it is to the next.

    Areas keep their place; before the first and behind the last number there is that one.
    """
    lefts, rights = np.empty(length, np.int64), np.empty(length, np.float32)
    for place in range(length):
        position = max((place + 0.5) * source / length - 0.5, 0.0)
        lefts[place] = min(int(position), source - 1)
        rights[place] = position - lefts[place]
    return lefts, rights
