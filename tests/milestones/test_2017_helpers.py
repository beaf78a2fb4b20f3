"""What the TinyTalks parts stand on: rows and batches of dialogues, scores, answers, interruptions, attention maps."""
import sys

import numpy as np
import pytest
from runs import ROOT

import tinytorch as tt

sys.path.insert(0, str(ROOT / "milestones" / "05_2017_transformer"))

from answering import Talk, answers  # noqa: E402
from looking import attention_weights, readable  # noqa: E402
from talks import NOT_ASKED, Batches, batch_of, corpus, exactly_right, loss_where_asked, prompt_of, row_of  # noqa: E402
from turns import inserted, interrupted, turns_of  # noqa: E402

TRAIN = tt.load_tinytalks()
TOKENIZER = tt.BPETokenizer().train(corpus(TRAIN), 600)
SOME = [*TRAIN[:4], *[talk for talk in TRAIN if len(talk.turns) == 2][:4],
        *[talk for talk in TRAIN if len(talk.turns) == 3][:4]]
ROWS = [row_of(talk, TOKENIZER) for talk in SOME]


@pytest.fixture(scope="module")
def memorized():
    """A small GPT that knows some of the twelve dialogues by heart, and not all."""
    rng = np.random.default_rng(0)
    model = tt.GPT(TOKENIZER.vocab_size, 32, 2, 2, 64, rng=rng)
    trainer = tt.Trainer(model, tt.AdamW(model.parameters(), lr=0.01), loss_where_asked)
    trainer.fit(Batches(ROWS[:8], 4, rng, "answers"), 30, watch=None)
    return model


def test_a_row_is_the_dialogue_and_its_prompt_the_beginning():
    for talk, row in zip(SOME, ROWS):
        assert TOKENIZER.decode(row.ids) == f"{talk.prompt}{talk.answer}\n"
        assert TOKENIZER.decode(row.ids[row.last]) == f"{talk.answer}\n"
        assert TOKENIZER.decode(prompt_of(talk, TOKENIZER)) == talk.prompt
        said = "".join(f"{answer}\n" for _, answer in talk.turns)
        assert TOKENIZER.decode(row.ids[row.answers]) == said
        assert [TOKENIZER.decode(row.ids[start:])[:9] for start in turns_of(row)] == [
            f"{question}\n{answer}"[:9] for question, answer in talk.turns]


@pytest.mark.parametrize("asked", ["everything", "answers", "last"])
def test_a_batch_asks_for_the_next_token_where_it_should(asked):
    x, y = batch_of(ROWS, asked)
    assert x.shape == y.shape == (len(ROWS), max(len(row.ids) for row in ROWS) - 1)
    for place, row in enumerate(ROWS):
        length = len(row.ids)
        assert (x[place, :length - 1] == row.ids[:-1])[:x.shape[1]].all()
        wanted = np.ones(length, bool) if asked == "everything" else getattr(row, asked)
        np.testing.assert_array_equal(y[place, :length - 1], np.where(wanted, row.ids, NOT_ASKED)[1:])
        assert (y[place, length - 1:] == NOT_ASKED).all()


def test_batches_hold_every_row_once_in_a_new_order_each_epoch():
    batches = Batches(ROWS, 5, np.random.default_rng(0))
    first, second = [[row for x, _ in batches for row in x] for _ in range(2)]
    assert len(batches) == 3 and len(first) == len(second) == len(ROWS)
    starts = sorted(tuple(row.ids[:6]) for row in ROWS)
    assert sorted(tuple(row[:6]) for row in first) == starts == sorted(tuple(row[:6]) for row in second)
    assert [tuple(row[:6]) for row in first] != [tuple(row[:6]) for row in second]


def test_the_loss_is_taken_where_it_is_asked():
    scores = tt.Tensor(np.random.default_rng(0).normal(size=(2, 3, 5)))
    y = np.array([[1, NOT_ASKED, 4], [NOT_ASKED, NOT_ASKED, 0]])
    at = scores.numpy()[[0, 0, 1], [0, 2, 2]]
    wanted = np.mean(np.log(np.exp(at).sum(axis=1)) - at[range(3), [1, 4, 0]])
    assert loss_where_asked(scores, y).item() == pytest.approx(wanted, rel=1e-5)


def test_the_score_of_one_forward_pass_is_that_of_generating(memorized):
    right, losses = exactly_right(memorized, ROWS, size=5)
    said = answers(memorized, TOKENIZER, [prompt_of(talk, TOKENIZER) for talk in SOME])
    assert [told == talk.answer for told, talk in zip(said, SOME)] == right.tolist()
    assert 4 <= right.sum() < len(SOME), "some right and some wrong, or nothing is compared"
    assert losses[right].max() < losses[~right].max()
    assert memorized.training, "the mode it was in"


def test_an_answer_ends_with_its_line_and_at_the_end_of_the_context(memorized):
    prompts = [prompt_of(SOME[0], TOKENIZER), np.ones(62, np.int64), np.ones(64, np.int64)]
    said = answers(memorized, TOKENIZER, prompts)
    assert all("\n" not in told for told in said)
    assert len(answers(memorized, TOKENIZER, prompts[:1], longest=2)[0]) < len(SOME[0].answer)


def test_interruptions_stand_between_turns_and_keep_the_dialogue():
    other, rng = ROWS[0], np.random.default_rng(0)
    row = ROWS[-1]
    for place in turns_of(row):
        longer = inserted(row, other, place)
        assert TOKENIZER.decode(longer.ids[longer.last]) == TOKENIZER.decode(row.ids[row.last])
        kept = np.delete(longer.ids, np.arange(place, place + len(other.ids)))
        np.testing.assert_array_equal(kept, row.ids)
        assert len(turns_of(longer)) == len(turns_of(row)) + 1
    found = interrupted(ROWS * 10, [other], 0.5, 60, rng)
    grown = [(len(new.ids) - len(old.ids)) / len(other.ids) for new, old in zip(found, ROWS * 10)]
    assert set(grown) == {0, 1, 2} and max(len(row.ids) for row in found) <= 60


def test_a_talk_drops_its_oldest_turns_where_they_do_not_fit(memorized):
    talk = Talk(memorized, TOKENIZER, corpus(TRAIN), room=20)
    for _ in range(8):
        talk.ask("What is my name?")
        assert len(talk.ids("What is my name?")) <= memorized.max_seq_len + 20
    assert 1 <= len(talk.turns) < 8
    with pytest.raises(ValueError, match="'é' at place 4 is unknown"):
        talk.ask("Café?")
    with pytest.raises(ValueError, match="this model can read 44: make it shorter"):
        talk.ask("What is my name? " * 20)


def test_attention_weights_are_shares_of_what_came_before(memorized):
    ids = ROWS[0].ids
    maps = attention_weights(memorized, ids)
    assert [weights.shape for weights in maps] == [(2, len(ids), len(ids))] * 2
    for weights in maps:
        np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)
        assert not np.triu(weights, 1).any()
    assert not any("forward" in vars(block.attention) for block in memorized.blocks), "the student's own is back"
    assert "".join(readable(TOKENIZER, ids)).startswith("Hello,·I·am·Ada.↵")
