"""Names of the published SGM-VFI checkpoint, translated to ours."""

import re

CACHED_MASKS = ("attn_mask", "HW")  # kept by the published code for the last size that it saw

_RULES: tuple[tuple[str, str], ...] = (
    (r"feature_bone\.block([1-3])\.conv\.([0-3])", r"local_features.convs.[\1-1].<\2>"),
    (r"feature_bone\.patch_embed([23])", r"local_features.down.[\1-2]"),
    (r"feature_bone\.patch_embed4\.proj", "local_features.embed"),
    (r"feature_bone\.patch_embed4\.norm", "local_features.embed_norm"),
    (r"feature_bone\.norm4", "local_features.norm"),
    (r"feature_bone\.block4\.(\d+)\.(norm[12])", r"local_features.blocks.\1.\2"),
    (r"feature_bone\.block4\.(\d+)\.attn\.q", r"local_features.blocks.\1.query"),
    (r"feature_bone\.block4\.(\d+)\.attn\.kv", r"local_features.blocks.\1.key_value"),
    (r"feature_bone\.block4\.(\d+)\.attn\.proj", r"local_features.blocks.\1.project"),
    (r"feature_bone\.block4\.(\d+)\.mlp\.fc1", r"local_features.blocks.\1.widen"),
    (r"feature_bone\.block4\.(\d+)\.mlp\.dwconv\.dwconv", r"local_features.blocks.\1.depthwise"),
    (r"feature_bone\.block4\.(\d+)\.mlp\.fc2", r"local_features.blocks.\1.narrow"),
    (r"gmflow\.backbone\.conv1", "global_features.first"),
    (r"gmflow\.backbone\.conv2", "global_features.last"),
    (r"gmflow\.backbone\.layer([1-3])\.([01])\.(conv[12])", r"global_features.units.[\1-1].\2.\3"),
    (
        r"gmflow\.backbone\.layer([1-3])\.([01])\.downsample\.0",
        r"global_features.units.[\1-1].\2.shortcut",
    ),
    (
        r"gmflow\.transformer\.layers\.(\d+)\.self_attn\.(\w+)",
        r"global_features.layers.\1.own.{\2}",
    ),
    (
        r"gmflow\.transformer\.layers\.(\d+)\.cross_attn_ffn\.(\w_proj|merge|norm1)",
        r"global_features.layers.\1.cross.{\2}",
    ),
    (
        r"gmflow\.transformer\.layers\.(\d+)\.cross_attn_ffn\.mlp\.0",
        r"global_features.layers.\1.widen",
    ),
    (
        r"gmflow\.transformer\.layers\.(\d+)\.cross_attn_ffn\.mlp\.2",
        r"global_features.layers.\1.narrow",
    ),
    (
        r"gmflow\.transformer\.layers\.(\d+)\.cross_attn_ffn\.norm2",
        r"global_features.layers.\1.norm",
    ),
    (r"block\.([01])\.conv0", r"steps.\1.join"),
    (r"block\.([01])\.convblock", r"steps.\1.refine"),
    (r"block\.([01])\.lastconv", r"steps.\1.last"),
    (r"matching_block\.0\.merge\.conv\.([01])", r"matching.merge.0.\1"),
    (r"matching_block\.0\.merge\.conv\.2", "matching.merge.1"),
    (r"matching_block\.0\.refine_block\.conv0", "matching.join"),
    (r"matching_block\.0\.refine_block\.convblock\.0", "matching.refine"),
    (r"matching_block\.0\.refine_block\.lastconv", "matching.last"),
    (r"contextnet\.conv([1-4])\.conv([12])", r"residual.context.stages.[\1-1].[\2-1]"),
    (r"unet\.down([0-3])\.conv([12])", r"residual.down.\1.[\2-1]"),
    (r"unet\.up([0-3])", r"residual.up.\1"),
    (r"unet\.conv", "residual.last"),
)

_ATTENTION = {
    "q_proj": "query",
    "k_proj": "key",
    "v_proj": "value",
    "merge": "merge",
    "norm1": "norm",
}


def our_name(published: str) -> str:
    """Translate one parameter's name; KeyError if it is not one of the published network's."""
    name = published.removeprefix("module.")
    found = (
        (re.fullmatch(rf"{pattern}((?:\.\d+)*\.(?:weight|bias))", name), replacement)
        for pattern, replacement in _RULES
    )
    try:
        ours = next(m.expand(to) + m.groups()[-1] for m, to in found if m)
    except StopIteration:
        raise KeyError(published) from None
    ours = re.sub(r"\[(\d)-(\d)\]", lambda found: str(int(found[1]) - int(found[2])), ours)
    ours = re.sub(r"<(\d)>", lambda found: f"{int(found[1]) // 2}.{int(found[1]) % 2}", ours)
    return re.sub(r"\{(\w+)\}", lambda found: _ATTENTION.get(found[1], found[1]), ours)
