"""Typical mistakes in 13 transformers."""
from autograder.audit.wrong_answers import Wrong

WRONG = [
    Wrong("layer_norm_op", "over the batch", ("x - x.sum(axis=-1, keepdims=True) / n", "x - x.mean(axis=0, keepdims=True)"),
          "test_layer_norm_op", "along the last axis"),
    Wrong("layer_norm_op", "over all numbers", ("np.vecdot(centred, centred)[..., None] / n", "np.square(centred).mean(keepdims=True)"),
          "test_layer_norm_op", "along the last axis"),
    Wrong("layer_norm_op", "divided by n - 1", ("np.vecdot(centred, centred)[..., None] / n", "x.var(axis=-1, keepdims=True, ddof=1)"),
          "test_layer_norm_op", "divided by n"),
    Wrong("layer_norm_op", "eps outside the root", ("1 / np.sqrt(variance + np.float32(eps))", "1 / (np.sqrt(variance) + np.float32(eps))"),
          "test_layer_norm_op", "in the root"),
    Wrong("layer_norm_op", "no eps", ("variance + np.float32(eps)", "variance"), "test_layer_norm_op", "eps"),
    Wrong("layer_norm_op", "the bias forgotten", ("* weight + bias", "* weight"), "test_layer_norm_op", "values differ"),
    Wrong("layer_norm_op", "the variance not divided by", ("1 / np.sqrt(variance + np.float32(eps))", "np.ones_like(variance)"), "test_layer_norm_op", "values differ"),

    Wrong("layer_norm_rule", "the mean taken for a constant", (" - to_normal.mean(axis=-1, keepdims=True)", ""), "test_layer_norm_rule", "move with x"),
    Wrong("layer_norm_rule", "the variance taken for a constant", (" - op.normal * along", ""), "test_layer_norm_rule", "move with x"),
    Wrong("layer_norm_rule", "the scale forgotten", ("return to_x * op.scale", "return to_x"), "test_layer_norm_rule", "move with x"),
    Wrong("layer_norm_rule", "the weight forgotten", ("grad * weight.data", "grad"), "test_layer_norm_rule", "values differ"),
    Wrong("layer_norm_rule", "weight's gradient without the normal vector", ("(grad * op.normal).sum(axis=rows)", "grad.sum(axis=rows)"), "test_layer_norm_rule", "input 1"),
    Wrong("layer_norm_rule", "summed over the first axis only", ("tuple(range(grad.ndim - 1))", "0"), "test_layer_norm_rule", "x of shape (2, 3, 4)"),

    Wrong("feed_forward", "no gelu", ("gelu(self.expand(x))", "self.expand(x)"), "test_feed_forward", "expand, gelu, contract"),
    Wrong("feed_forward", "gelu at the end, too", ("self.contract(gelu(self.expand(x)))", "gelu(self.contract(gelu(self.expand(x))))"),
          "test_feed_forward", "expand, gelu, contract"),
    Wrong("feed_forward", "no dropout", ("self.dropout(self.contract(gelu(self.expand(x))))", "self.contract(gelu(self.expand(x)))"),
          "test_feed_forward", "dropout drops part"),

    Wrong("transformer_block", "no residual around attention", ("x = x + self.dropout", "x = self.dropout"), "test_transformer_block", "x + attention"),
    Wrong("transformer_block", "no residual around feed-forward", ("return x + self.feed_forward", "return self.feed_forward"), "test_transformer_block", "x + attention"),
    Wrong("transformer_block", "one norm for both", ("self.norm2(x)", "self.norm1(x)"), "test_transformer_block", "x + attention"),
    Wrong("transformer_block", "norm after the layer", ("self.attention(self.norm1(x), attn_mask, cache)", "self.norm1(self.attention(x, attn_mask, cache))"),
          "test_transformer_block", "x + attention"),
    Wrong("transformer_block", "the mask not passed on", ("(self.norm1(x), attn_mask, cache)", "(self.norm1(x), None, cache)"), "test_transformer_block", "pass the mask on"),
    Wrong("transformer_block", "dropout on the stream", ("x + self.dropout(self.attention(self.norm1(x), attn_mask, cache))",
          "self.dropout(x) + self.attention(self.norm1(x), attn_mask, cache)"), "test_transformer_block", "what attention adds"),
    Wrong("transformer_block", "the cache not passed on", ("(self.norm1(x), attn_mask, cache)", "(self.norm1(x), attn_mask)"), "test_transformer_block", "pass the cache on"),

    Wrong("gpt", "no positions", ("self.positions(self.tokens(tokens), offset=before)", "self.tokens(tokens)"), "test_gpt", "tokens + positions"),
    Wrong("gpt", "no mask", ("x = block(x, mask, cache)", "x = block(x, None, cache)"), "test_gpt", "never later ones"),
    Wrong("gpt", "the first block only", ("        return self.head", "            break\n        return self.head"), "test_gpt", "each block"),
    Wrong("gpt", "no last norm", ("self.head(self.norm(x))", "self.head(x)"), "test_gpt", "norm, head"),
    Wrong("gpt", "no dropout", ("self.dropout(self.positions(self.tokens(tokens), offset=before))", "self.positions(self.tokens(tokens), offset=before)"),
          "test_gpt", "dropout acts in training"),
    Wrong("gpt", "a place sees itself alone", ("mask = causal_mask(new, before + new)", "mask = np.eye(new, before + new, dtype=bool)"), "test_gpt", "never later ones"),
    Wrong("gpt", "the caches not passed on", ("x = block(x, mask, cache)", "x = block(x, mask)"), "test_gpt", "positions and mask go on"),
    Wrong("gpt", "positions from 0 again", ("offset=before", "offset=0"), "test_gpt", "positions and mask go on"),
    Wrong("gpt", "the mask of the new tokens alone", ("causal_mask(new, before + new)", "causal_mask(new)"), "test_gpt", "does not broadcast"),

    Wrong("next_token_probabilities", "temperature multiplies", ("scores / temperature", "scores * temperature"), "test_probabilities", "over temperature"),
    Wrong("next_token_probabilities", "one token more than k", ("[..., -top_k, None]", "[..., -top_k - 1, None]"), "test_probabilities", "the k best"),
    Wrong("next_token_probabilities", "the k-th dropped", ("scores < kth", "scores <= kth"), "test_probabilities", "the k best"),
    Wrong("next_token_probabilities", "ties cut", ("scores = np.where(scores < kth, -np.inf, scores)",
          "scores = np.where(np.argsort(np.argsort(-scores, kind='stable')) < top_k, scores, -np.inf)"), "test_probabilities", "a tie with the k-th"),
    Wrong("next_token_probabilities", "k above the vocabulary", (" and top_k < scores.shape[-1]", ""), "test_probabilities", "out of bounds"),
    Wrong("next_token_probabilities", "what crosses p dropped", ("better = ranked.cumsum(axis=-1) - ranked", "better = ranked.cumsum(axis=-1)"),
          "test_probabilities", "the one that crosses"),
    Wrong("next_token_probabilities", "not divided by what is left", ("        p /= p.sum(axis=-1, keepdims=True)\n", ""), "test_probabilities", "until together"),
    Wrong("next_token_probabilities", "the worst kept", ("np.argsort(-p,", "np.argsort(p,"), "test_probabilities", "until together"),

    Wrong("generate", "scores of the first place", ("[..., -1, :]", "[..., 0, :]"), "test_generate", "append the best token"),
    Wrong("generate", "not cut to max_seq_len", ("tokens[..., -model.max_seq_len:]", "tokens"), "test_generate", "do not fit"),
    Wrong("generate", "the same number drawn each time", ("draw(p, rng)", "draw(p, np.random.default_rng(7))"), "test_generate", "another seed, another text"),
    Wrong("generate", "temperature forgotten", ("scores, temperature, top_k, top_p", "scores, 1.0, top_k, top_p"), "test_generate", "another seed, another text"),
    Wrong("generate", "top_k and top_p exchanged", ("scores, temperature, top_k, top_p", "scores, temperature, top_p, top_k"), "test_generate", "top_k should be"),
    Wrong("generate", "put in front", ("[tokens, draw(p, rng)[..., None]]", "[draw(p, rng)[..., None], tokens]"), "test_generate", "append the best token"),

    Wrong("from_gpt2", "not transposed", (".T if", " if"), "test_from_gpt2", "becomes (out, in)"),
    Wrong("from_gpt2", "reshaped instead of transposed", ("arrays[theirs].T if", "arrays[theirs].reshape(arrays[theirs].shape[::-1]) if"),
          "test_from_gpt2", "becomes (out, in)"),
    Wrong("from_gpt2", "everything transposed, tables too", (' if ".c_" in theirs else arrays[theirs]', ""), "test_from_gpt2", "only layers named c_"),
    Wrong("from_gpt2", "only c_attn transposed", ('".c_" in', '"c_attn" in'), "test_from_gpt2", "out_proj.weight: (in, out)"),
    Wrong("from_gpt2", "query and key exchanged", ("    return state", """    for name in names:
        if "in_proj" in name:
            q, k, v = np.split(state[name], 3)
            state[name] = np.concatenate([k, q, v])
    return state"""), "test_from_gpt2", "becomes (out, in)"),
    Wrong("from_gpt2", "query, key and value of each number together", ("    return state", """    for name in names:
        if "in_proj" in name:
            state[name] = np.stack(np.split(state[name], 3), axis=1).reshape(state[name].shape)
    return state"""), "test_from_gpt2", "becomes (out, in)"),
    Wrong("from_gpt2", "the head always the table", ('arrays.get("lm_head.weight", arrays["wte.weight"])', 'arrays["wte.weight"]'),
          "test_from_gpt2", "where it is there"),
    Wrong("from_gpt2", "the places for the head", ('arrays["wte.weight"])', 'arrays["wpe.weight"])'), "test_from_gpt2", "the table of tokens"),
    Wrong("from_gpt2", "GPT-2's names kept, too", ("state = {}", "state = dict(arrays)"), "test_from_gpt2", "left out"),
]
