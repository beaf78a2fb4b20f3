"""Typical mistakes in 15 quantization."""
from autograder.audit.wrong_answers import Wrong

WIDEN = "low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)"
STEP = "scale = np.maximum(-low, high) / qmax if symmetric else (high - low) / (qmax - qmin)"
GUARD = "    scale = np.where(scale < TINY, 1.0, scale)\n"
ROUND = "codes = np.rint(x * inverse + np.asarray(zero_point, np.float32))"
PACK = ("    one_byte = codes.astype(np.int8).view(np.uint8).reshape(-1, 1)\n"
        "    return np.packbits(np.unpackbits(one_byte, axis=1, count=bits, bitorder=\"little\"),\n"
        "                       bitorder=\"little\")\n")
SIGN = "np.where(unsigned >= -low, unsigned + 2 * low, unsigned)"
KEPT = "parts, axes = x, tuple(i for i in range(x.ndim) if axis is None or i != axis % x.ndim)"
TOTAL = "total = codes @ matrix - np.int32(zero_point) * matrix.sum(axis=0, dtype=np.int32)"

WRONG = [
    Wrong("scale_and_zero_point", "range not widened to hold 0", (WIDEN, "pass"), "test_scale_and_zero_point", "does not hold 0"),
    Wrong("scale_and_zero_point", "the largest number, not the largest size", ("np.maximum(-low, high) / qmax", "high / qmax"),
          "test_scale_and_zero_point", "the larger of -low and high"),
    Wrong("scale_and_zero_point", "one scale for all ranges", ("np.maximum(-low, high) / qmax", "np.maximum(-low, high).max() / qmax + 0 * low"),
          "test_scale_and_zero_point", "number by number"),
    Wrong("scale_and_zero_point", "symmetric: 2 ** bits - 1 steps for one half", ("np.maximum(-low, high) / qmax", "np.maximum(-low, high) / (qmax - qmin)"),
          "test_scale_and_zero_point", "over 127"),
    Wrong("scale_and_zero_point", "affine: over 256", ("(qmax - qmin)", "(qmax - qmin + 1)"), "test_scale_and_zero_point", "255 steps"),
    Wrong("scale_and_zero_point", "affine ignored", (" if symmetric else (high - low) / (qmax - qmin)", ""), "test_scale_and_zero_point", "affine"),
    Wrong("scale_and_zero_point", "scale 0 for constants", (GUARD, ""), "test_scale_and_zero_point", "never 0"),
    Wrong("scale_and_zero_point", "only an exact 0 is caught", ("scale < TINY", "scale == 0"), "test_scale_and_zero_point", "or nearly"),
    Wrong("scale_and_zero_point", "zero point without its sign", ("qmin - low / scale", "qmin + low / scale"), "test_scale_and_zero_point", "when low has the lowest code"),
    Wrong("scale_and_zero_point", "zero point for codes from 0", ("np.rint(qmin - low / scale)", "np.rint(-low / scale) - 0 * qmin"), "test_scale_and_zero_point", ""),
    Wrong("scale_and_zero_point", "a zero point for symmetric codes too", ("0 * scale if symmetric else np.rint(qmin - low / scale)", "np.rint(qmin - low / scale)"),
          "test_scale_and_zero_point", "0 has code 0"),

    Wrong("to_codes", "halves away from 0", ("np.rint(x * inverse + np.asarray(zero_point, np.float32))",
          "np.trunc(x * inverse + np.asarray(zero_point, np.float32) + np.copysign(0.5, x * inverse))"), "test_to_codes", "even"),
    Wrong("to_codes", "halves always up", (ROUND, "codes = np.floor(x * inverse + np.asarray(zero_point, np.float32) + np.float32(0.5))"), "test_to_codes", "even"),
    Wrong("to_codes", "int8 without clip", ("codes.clip(qmin, qmax).astype(np.int8)", "codes.astype(np.int32).astype(np.int8)"), "test_to_codes", "clipped"),
    Wrong("to_codes", "clipped to 8 bits, whatever the bits", ("clip(qmin, qmax)", "clip(-128, 127)"), "test_to_codes", "4 bits"),
    Wrong("to_codes", "divided by the scale", ("x * inverse", "x / np.asarray(scale, np.float32) + 0 * inverse"), "test_to_codes", "every bit"),
    Wrong("to_codes", "in float64", ("np.float32(1) / np.asarray(scale, np.float32)", "1 / np.asarray(scale, np.float64)"), "test_to_codes", "every bit"),
    Wrong("to_codes", "zero point added after rounding", ("np.rint(x * inverse + np.asarray(zero_point, np.float32))", "np.rint(x * inverse) + np.asarray(zero_point, np.float32)"),
          "test_to_codes", "every bit"),
    Wrong("to_codes", "zero point ignored", (" + np.asarray(zero_point, np.float32)", ""), "test_to_codes", "zero point"),
    Wrong("to_codes", "codes as floats", (".astype(np.int8)", ".astype(np.float32)"), "test_to_codes", "int8"),

    Wrong("from_codes", "int8 minus int8 wraps", ("codes.astype(np.float32) - np.asarray(zero_point, np.float32)", "(codes - np.int8(zero_point)).astype(np.float32)"),
          "test_from_codes", "does not fit in int8"),
    Wrong("from_codes", "zero point added", (" - np.asarray(zero_point", " + np.asarray(zero_point"), "test_from_codes", "code - zero point"),
    Wrong("from_codes", "zero point ignored", (" - np.asarray(zero_point, np.float32)", ""), "test_from_codes", "code - zero point"),
    Wrong("from_codes", "divided by the scale", ("steps * np.asarray(scale, np.float32)", "steps / np.asarray(scale, np.float32)"), "test_from_codes", "* scale"),
    Wrong("from_codes", "float64", ("return steps * np.asarray(scale, np.float32)", "return steps * np.asarray(scale, np.float64)"), "test_from_codes", "float32"),

    Wrong("in_groups", "groups across rows", ("    missing = -x.shape[-1] % group_size\n    x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, missing)])\n"
          "    return x.reshape(*x.shape[:-1], -1, group_size)\n",
          "    flat = np.resize(x, x.size + -x.size % group_size)\n    groups = -(-x.shape[-1] // group_size)\n"
          "    return np.resize(flat, (*x.shape[:-1], groups, group_size))\n"), "test_in_groups", "row"),
    Wrong("in_groups", "every third number", ("x.reshape(*x.shape[:-1], -1, group_size)", "np.moveaxis(x.reshape(*x.shape[:-1], group_size, -1), -1, -2)"), "test_in_groups", "full groups"),
    Wrong("in_groups", "filled in front", ("(0, missing)", "(missing, 0)"), "test_in_groups", "groups"),
    Wrong("in_groups", "a group too many where they fit", ("-x.shape[-1] % group_size", "group_size - x.shape[-1] % group_size"), "test_in_groups", "shape should be"),
    Wrong("in_groups", "cut to whole groups", ("    x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, missing)])\n", "    x = x[..., :x.shape[-1] - x.shape[-1] % group_size]\n    missing = 0\n"),
          "test_in_groups", ""),

    Wrong("quantize", "per channel along the other axes", (KEPT, "parts, axes = x, tuple(range(x.ndim)) if axis is None else axis"), "test_quantize", "which numbers share one"),
    Wrong("quantize", "axis ignored", (KEPT, "parts, axes = x, tuple(range(x.ndim))"), "test_quantize", "the scales"),
    Wrong("quantize", "a negative axis not found", ("i != axis % x.ndim", "i != axis"), "test_quantize", "axis=-2"),
    Wrong("quantize", "bits not passed on to the scale", ("scale_and_zero_point(low, high, bits, symmetric)", "scale_and_zero_point(low, high, 8, symmetric)"), "test_quantize", "4 bits"),
    Wrong("quantize", "symmetric not passed on", ("scale_and_zero_point(low, high, bits, symmetric)", "scale_and_zero_point(low, high, bits)"), "test_quantize_affine", "passed on"),
    Wrong("quantize", "groups over two axes", ("in_groups(x, group_size), -1", "in_groups(x, group_size), (-2, -1)"), "test_quantize_in_groups", "a scale for each"),
    Wrong("quantize", "codes left in groups", ("        codes = out_of_groups(codes, x.shape)\n", "        pass\n"), "test_quantize_in_groups", "nothing filled in"),
    Wrong("quantize", "zero point lost", ("to_codes(parts, scale, zero_point, bits)", "to_codes(parts, scale, 0, bits)"), "test_quantize_affine", "half a step"),
    Wrong("dequantize", "groups ignored", ("    if q.group_size is None:\n", "    if True:\n"), "test_quantize_in_groups", ""),
    Wrong("dequantize", "zero point forgotten", ("from_codes(q.codes, q.scale, q.zero_point)", "from_codes(q.codes, q.scale)"), "test_quantize_affine", "half a step"),
    Wrong("dequantize", "zero point forgotten in groups", ("q.group_size), q.scale, q.zero_point)", "q.group_size), q.scale)"), "test_quantize_affine", "groups of 3"),
    Wrong("dequantize", "what was filled in stays", ("out_of_groups(parts, q.shape)", "parts.reshape(*q.shape[:-1], -1)"), "test_quantize_in_groups", ""),

    Wrong("pack_codes", "nibbles exchanged", (PACK, "    one_byte = codes.astype(np.int8).view(np.uint8).reshape(-1, 1)\n"
          "    return np.packbits(np.unpackbits(one_byte, axis=1)[:, 8 - bits:])\n"), "test_pack_codes", "the first in the lower half"),
    Wrong("pack_codes", "codes moved up by 2 ** (bits - 1)", ("codes.astype(np.int8).view(np.uint8)", "(codes - qmin).astype(np.uint8)"), "test_pack_codes", "modulo 16"),
    Wrong("pack_codes", "a byte for each code", ("axis=1, count=bits, bitorder", "axis=1, bitorder"), "test_pack_codes", "shape should be"),
    Wrong("pack_codes", "the highest bits instead of the lowest", ("np.unpackbits(one_byte, axis=1, count=bits, bitorder=\"little\")", "np.unpackbits(one_byte, axis=1, bitorder=\"little\")[:, 8 - bits:]"),
          "test_pack_codes", "modulo 16"),
    Wrong("pack_codes", "each code begins a byte unless two fit", (PACK, "    if 8 % bits:\n        return codes.astype(np.int8).view(np.uint8).ravel()\n" + PACK), "test_pack_codes", "no gaps"),
    Wrong("pack_codes", "highest bit first inside a code", (", bitorder=\"little\"),\n", ", bitorder=\"little\")[:, ::-1],\n"), "test_pack_codes", "modulo 16"),

    Wrong("unpack_codes", "the sign is lost", (SIGN, "unsigned"), "test_unpack_codes", "8 to 15 mean"),
    Wrong("unpack_codes", "the lowest code stays positive", ("unsigned >= -low", "unsigned > -low"), "test_unpack_codes", "8 to 15 mean"),
    Wrong("unpack_codes", "nibbles exchanged", ("count=count * bits, bitorder=\"little\").reshape(count, bits)", "bitorder=\"big\")[:len(packed) * 8 // bits * bits].reshape(-1, bits)[:count, ::-1]"),
          "test_unpack_codes", "lower half first"),
    Wrong("unpack_codes", "the last code of an odd count is lost", ("return np.where", "count = count // 2 * 2\n    unsigned = unsigned[:count]\n    return np.where"), "test_unpack_codes", "shape should be"),
    Wrong("unpack_codes", "not int8", (".astype(np.int8)", ".astype(np.int64)"), "test_unpack_codes", "int8"),

    Wrong("calibrate", "only the first batch", ("low, high = x.min(), x.max()", "x = x[:5]\n    low, high = x.min(), x.max()"), "test_calibrate", "minmax"),
    Wrong("calibrate", "percentile cuts one side only", ("[100 - percentile, percentile]", "[0, percentile]"), "test_calibrate", "between the percentiles"),
    Wrong("calibrate", "percentiles as shares", ("np.percentile(", "np.quantile("), "test_calibrate", ""),
    Wrong("calibrate", "percentile of the sizes", ("low, high = np.percentile(x, [100 - percentile, percentile])", "high = np.percentile(np.abs(x), percentile)\n        low = -high"),
          "test_calibrate", "between the percentiles"),
    Wrong("calibrate", "symmetric ignored", ("low * s, high * s, bits, symmetric", "low * s, high * s, bits, False"), "test_calibrate", "symmetric=True"),
    Wrong("calibrate", "mse is minmax", ("if method == \"mse\" else [1.0]", "if method == \"none\" else [1.0]"), "test_calibrate_mse", "the least"),
    Wrong("calibrate", "bits not passed on to the scale", ("high * s, bits, symmetric", "high * s, 8, symmetric"), "test_calibrate", "4 bits"),
    Wrong("calibrate", "the mean of the errors with their signs", ("np.square(x - from_codes(to_codes(x, *known, bits), *known)).mean()", "abs((x - from_codes(to_codes(x, *known, bits), *known)).mean())"),
          "test_calibrate_mse", "the least"),

    Wrong("integer_linear", "sums of int8", ("codes = to_codes(x, scale, zero_point).astype(np.int32)\n    matrix = weight.codes.astype(np.int32).T",
          "codes = to_codes(x, scale, zero_point)\n    matrix = weight.codes.T"), "test_integer_linear", ""),
    Wrong("integer_linear", "sums of int16", ("codes = to_codes(x, scale, zero_point).astype(np.int32)\n    matrix = weight.codes.astype(np.int32).T",
          "codes = to_codes(x, scale, zero_point).astype(np.int16)\n    matrix = weight.codes.astype(np.int16).T"), "test_integer_linear", ""),
    Wrong("integer_linear", "zero point not taken off", (TOTAL, "total = codes @ matrix"), "test_integer_linear", "codes - zero point"),
    Wrong("integer_linear", "zero point taken off once", (TOTAL, "total = codes @ matrix - np.int32(zero_point)"), "test_integer_linear", "codes - zero point"),
    Wrong("integer_linear", "summed over outputs", ("matrix.sum(axis=0, dtype=np.int32)", "matrix.sum(axis=1, keepdims=True)[:1, 0]"), "test_integer_linear", ""),
    Wrong("integer_linear", "weight not transposed", ("weight.codes.astype(np.int32).T", "weight.codes.astype(np.int32)"), "test_integer_linear", ""),
    Wrong("integer_linear", "scale of x forgotten", ("(scale * weight.scale.T)", "weight.scale.T"), "test_integer_linear", "both scales"),
    Wrong("integer_linear", "scale of the weight forgotten", ("(scale * weight.scale.T)", "scale"), "test_integer_linear", "both scales"),

    Wrong("quantized_layer", "one scale for the whole weight", ("0 if group_size is None else None", "None"), "test_quantized_linear", "a scale for each row"),
    Wrong("quantized_layer", "a scale for each input", ("0 if group_size is None else None", "1 if group_size is None else None"), "test_quantized_linear", "a scale for each row"),
    Wrong("quantized_layer", "bits ignored", ("quantize(rows, bits,", "quantize(rows, 8,"), "test_quantized_linear", "4 bits"),
    Wrong("quantized_layer", "group_size ignored", ("0 if group_size is None else None, group_size", "0"), "test_quantized_linear", "groups of 3"),
    Wrong("quantized_layer", "groups along the last axis of a kernel", ("layer.weight.numpy().reshape(len(layer.weight), -1)", "layer.weight.numpy()"), "test_quantized_conv2d", ""),
    Wrong("quantized_layer", "the bias is the layer's own array", ("Tensor(bias.numpy().copy(), requires_grad=True)", "bias"), "test_quantized_linear", "along each row"),
    Wrong("quantized_layer", "the bias is lost", ("return cls(layer, weight, bias)", "return cls(layer, weight, None)"), "test_quantized_linear", "+ bias"),
    Wrong("quantized_layer", "a layer without bias is refused", ("        if bias is not None:\n            bias = Tensor(bias.numpy().copy(), requires_grad=True)\n",
          "        bias = Tensor(bias.numpy().copy(), requires_grad=True)\n"), "test_quantized_conv2d", ""),
    Wrong("quantized_layer", "codes taken for numbers", ("return self.to_float()(x)", "layer = self.to_float()\n        layer.weight.data = np.float32(self.weight.codes.reshape(self.weight_shape))\n        return layer(x)"),
          "test_quantized_linear", "x @ weight.T"),

    Wrong("quantize_model", "only Linear", ("{Linear: QuantizedLinear, Conv2d: QuantizedConv2d}", "{Linear: QuantizedLinear}"), "test_quantize_model", "every layer"),
    Wrong("quantize_model", "attributes alone, no lists", ("for part in parts_of(model) if", "for part in vars(model).values() if"), "test_quantize_model", ""),
    Wrong("quantize_model", "bits ignored", ("from_float(part, bits, group_size)", "from_float(part, 8, group_size)"), "test_quantize_model", "4 bits"),
    Wrong("quantize_model", "nothing is quantized", ("return copy.deepcopy(model, quantized)", "return copy.deepcopy(model)"), "test_quantize_model", "every layer"),
    Wrong("quantize_model", "a shallow copy", ("return copy.deepcopy(model, quantized)", "new = copy.copy(model)\n    for name, part in vars(model).items():\n"
          "        vars(new)[name] = quantized.get(id(part), part)\n    return new"), "test_quantize_model", ""),
    Wrong("quantize_model", "a shared layer becomes two", ("return copy.deepcopy(model, quantized)", "new = copy.deepcopy(model, quantized)\n    for name, part in vars(new).items():\n"
          "        vars(new)[name] = copy.deepcopy(part)\n    return new"), "test_quantize_model", "stays one"),
    Wrong("quantize_model", "in place", ("return copy.deepcopy(model, quantized)", "vars(model).update(vars(copy.deepcopy(model, quantized)))\n    return model"),
          "test_quantize_model", ""),
]
