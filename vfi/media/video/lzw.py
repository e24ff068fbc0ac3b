"""Does the LZW code of a GIF picture give exactly its pixels? (GIF89a, appendix F.)."""

_MOST_CODES = 4096


def lzw_is_whole(data: bytes | bytearray, literal_bits: int, pixels: int) -> bool:
    """Tell whether compressed data is sound and gives `pixels` pixels, no more and no fewer.

    Only the lengths of the strings are followed, not what is in them: a code that is wrong but
    possible has most often another length. A missing end code does not matter.
    """
    if not 1 <= literal_bits <= 11:
        return False
    clear = 1 << literal_bits
    end = clear + 1
    lengths = [1] * clear + [0, 0]  # pixels of the string of each code
    bits = literal_bits + 1
    before = given = buffer = held = 0  # `before`: the last string's length; 0 behind a clear code
    for position, byte in enumerate(data, 1):
        buffer |= byte << held
        held += 8
        while held >= bits:
            code = buffer & (1 << bits) - 1
            buffer >>= bits
            held -= bits
            if code == clear:
                del lengths[end + 1 :]
                bits, before = literal_bits + 1, 0
                continue
            if code == end:
                return given == pixels
            known = len(lengths)
            if code < known and (before or code < clear):
                length = lengths[code]
            elif code == known < _MOST_CODES and before:
                length = before + 1  # the string of before and its own first pixel
            else:
                return False
            if before and known < _MOST_CODES:
                lengths.append(before + 1)
                if known + 1 == 1 << bits and bits < 12:
                    bits += 1
            given += length
            before = length
            if given > pixels:  # or the bits that fill the last byte look like a code
                return given - length == pixels and position == len(data)
    return given == pixels
