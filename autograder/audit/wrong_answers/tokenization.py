"""Typical mistakes in 10 tokenization."""
from autograder.audit.wrong_answers import Wrong

UNKNOWN = 'raise ValueError(f"character {character!r} at place {place} is unknown: "'
BEST = "pair = min(counts, key=lambda pair: (-counts[pair], pair))"
FIRST = "pair = min(found, key=merges.get)"
WORDS = "words = pieces(text, self.split)"
BYTES = 'letters_of(word.encode("utf-8"))'
JOINED = 'b"".join(self.tokens[i] for i in ids).decode("utf-8", errors="replace")'
NOT_TWO = "if len(parts) != 2:"

WRONG = [
    Wrong("char_tokenizer", "in the order of appearance", ("sorted(set(text))", "list(dict.fromkeys(text))"), "test_char_tokenizer", "sorted characters"),
    Wrong("char_tokenizer", "every character as often as it occurs", ("sorted(set(text))", "sorted(text)"), "test_char_tokenizer", "sorted characters"),
    Wrong("char_tokenizer", "the code points", ("ids[character] for", "ord(character) for"), "test_char_tokenizer", "sorted characters"),
    Wrong("char_tokenizer", "unknown characters left out", ("self.characters)}", "self.characters)}\n        text = [c for c in text if c in ids]"),
          "test_char_tokenizer", "raised nothing"),
    Wrong("char_tokenizer", "the error does not name the place", (UNKNOWN, 'raise ValueError(f"character {character!r} is unknown"'), "test_char_tokenizer", "should name"),
    Wrong("char_tokenizer", "an empty text gives floats", (", dtype=np.int64)", ")"), "test_char_tokenizer", "int64"),
    Wrong("char_tokenizer", "training goes on with the old characters", ("sorted(set(text))", "sorted({*self.characters, *text})"), "test_char_tokenizer", "start anew"),
    Wrong("char_tokenizer", "decode joins with blanks", ('"".join(self', '" ".join(self'), "test_char_tokenizer", "give the text back"),

    Wrong("count_pairs", "how often a word occurs is ignored", ("+ times", "+ 1"), "test_count_pairs", "as often as the word occurs"),
    Wrong("count_pairs", "a pair once a word", ("in pairs_in(word)", "in set(pairs_in(word))"), "test_count_pairs", "as often as the word occurs"),
    Wrong("count_pairs", "the last word wins", ("counts.get(pair, 0) + times", "times"), "test_count_pairs", "as often as the word occurs"),
    Wrong("count_pairs", "ab and ba are one pair", ("counts[pair] = counts.get(pair, 0)", "pair = min(pair, pair[::-1])\n            counts[pair] = counts.get(pair, 0)"),
          "test_count_pairs", "each pair"),

    Wrong("learn_slowly", "ties: the pair seen first", (BEST, "pair = max(counts, key=counts.get)"), "test_learn_slowly", "of equals the smallest"),
    Wrong("learn_slowly", "ties: the largest pair", (BEST, "pair = max(counts, key=lambda pair: (counts[pair], pair))"), "test_learn_slowly", "of equals the smallest"),
    Wrong("learn_slowly", "the rarest pair", ("(-counts[pair], pair)", "(counts[pair], pair)"), "test_learn_slowly", "the most frequent pair"),
    Wrong("learn_slowly", "the words stay as they were", ("words = {word.replace(pair, new): times", "_ = {word.replace(pair, new): times"),
          "test_learn_slowly", ""),
    Wrong("learn_slowly", "stops at pairs that occur once", (BEST, BEST + "\n        if counts[pair] < 2:\n            break"), "test_learn_slowly", "while a pair is left"),
    Wrong("learn_slowly", "only the first place in a word", ("word.replace(pair, new)", "word.replace(pair, new, 1)"), "test_learn_slowly", ""),
    Wrong("learn_slowly", "forgets how often a word occurs", (": times for", ": 1 for"), "test_learn_slowly", ""),

    Wrong("encode_word", "by place in the word instead of by rank", (FIRST, "pair = min(found, key=word.find)"), "test_encode_word", "learned"),
    Wrong("encode_word", "by count in the word instead of by rank", (FIRST, "pair = max(sorted(found), key=word.count)"), "test_encode_word", "learned"),
    Wrong("encode_word", "the last merge first", ("min(found", "max(found"), "test_encode_word", "learned"),
    Wrong("encode_word", "the smallest pair first", (", key=merges.get)", ")"), "test_encode_word", "learned"),
    Wrong("encode_word", "one merge only", ("while found :=", "if found :="), "test_encode_word", "learned"),
    Wrong("encode_word", "only the first place", ("merges[pair])", "merges[pair], 1)\n        break"), "test_encode_word", "learned"),

    Wrong("bpe_tokenizer", "characters instead of bytes", (BYTES, "word"), "test_bpe_tokenizer", ""),
    Wrong("bpe_tokenizer", "not byte-safe: Latin-1", ('word.encode("utf-8")', 'word.encode("latin-1", "replace")'), "test_bpe_tokenizer", "UTF-8"),
    Wrong("bpe_tokenizer", "not byte-safe: each token decoded by itself",
          (JOINED, '"".join(self.tokens[i].decode("utf-8", errors="replace") for i in ids)'), "test_bpe_tokenizer", "join the bytes"),
    Wrong("bpe_tokenizer", "half characters are an error", (', errors="replace")', ")"), "test_bpe_tokenizer", ""),
    Wrong("bpe_tokenizer", "half characters disappear", ('errors="replace"', 'errors="ignore"'), "test_bpe_tokenizer", "becomes"),
    Wrong("bpe_tokenizer", "never cut", (WORDS, "words = pieces(text, False)"), "test_bpe_tokenizer", "cut first"),
    Wrong("bpe_tokenizer", "always cut", (WORDS, "words = pieces(text)"), "test_bpe_tokenizer", "split=False"),
    Wrong("bpe_tokenizer", "no merges", (f"encode_word({BYTES}, self.merges)", BYTES), "test_bpe_tokenizer", "cut first"),
    Wrong("bpe_tokenizer", "every different piece once", ("for word in words for", "for word in dict.fromkeys(words) for"), "test_bpe_tokenizer", ""),
    Wrong("bpe_tokenizer", "pieces sorted", ("for word in words for", "for word in sorted(words) for"), "test_bpe_tokenizer", ""),
    Wrong("bpe_tokenizer", "the letter's code instead of its id", ("self.ids[letter] for", "ord(letter) for"), "test_bpe_tokenizer", "one id for each byte"),
    Wrong("bpe_tokenizer", "an empty text gives floats", (", np.int64)", ")"), "test_bpe_tokenizer", "int64"),

    Wrong("merge_pair", "the words stay as they were", ("table.words[number] = new.join(parts)", "pass"), "test_merge_pair", "every word that has the pair"),
    Wrong("merge_pair", "only the left neighbours", ("table.move(second + right[0], new + right[0], number)", "pass"), "test_merge_pair_cases", "no bc is left"),
    Wrong("merge_pair", "only the right neighbours", ("table.move(left[-1] + first, left[-1] + new, number)", "pass"), "test_merge_pair_cases", "no ca is left"),
    Wrong("merge_pair", "merges that touch are forgotten", ("table.move(second + first, new + new, number)", "pass"), "test_merge_pair_cases", "no ba is left"),
    Wrong("merge_pair", "empty parts at the ends count too", ('parts[1:-1].count("")', 'parts.count("")'), "test_merge_pair_cases", ""),
    Wrong("merge_pair", "the last part also stands left of a merge", ("filter(None, parts[:-1])", "filter(None, parts)"), "test_merge_pair_cases", ""),
    Wrong("merge_pair", "the first part also stands right of a merge", ("filter(None, parts[1:])", "filter(None, parts)"), "test_merge_pair_cases", ""),
    Wrong("merge_pair", "the wrong end of the part", ("left[-1] + first, left[-1] + new", "left[0] + first, left[0] + new"), "test_merge_pair", "left, right"),

    Wrong("read_merges", "three tokens are let through", (NOT_TWO, "if len(parts) < 2:"), "test_read_merges", ""),
    Wrong("read_merges", "lines not counted from 1", ('raise ValueError(f"line {number} should be', 'raise ValueError(f"line {number - 1} should be'), "test_read_merges", "should name 6"),
    Wrong("read_merges", "unknown tokens are taken as they are", ("if part not in known:", "known.setdefault(part, part)\n            if part not in known:"),
          "test_read_merges", "raised nothing"),
    Wrong("read_merges", "only the second token is checked", ("for part in parts:", "for part in parts[1:]:"), "test_read_merges", "'xb'"),
    Wrong("read_merges", "a token made twice is let through", ("if whole in known:", "if False:"), "test_read_merges", "raised nothing"),
    Wrong("read_merges", "the pair as the file writes it", ("known[parts[0]] + known[parts[1]]", "whole"), "test_read_merges", "letters"),
    Wrong("read_merges", "new letters follow the line numbers", ("new_letter(len(merges))", "new_letter(number)"), "test_read_merges", "new letters"),
    Wrong("read_merges", "new tokens are not known later", ("merges[pair] = known[whole] =", "merges[pair] ="), "test_read_merges", ""),
]
