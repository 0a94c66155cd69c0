from searchrerank.scoring import ConstantScorer, Scorer


async def test_every_passage_gets_the_same_logit():
    scorer: Scorer = ConstantScorer(1.5)
    assert await scorer.score("q", ["a", "b"]) == [1.5, 1.5]
    assert await scorer.score("q", [], deadline=0) == []
    assert scorer.name == "constant"
    await scorer.close()


async def test_words_are_counted_as_tokens():
    assert await ConstantScorer().lengths("two words", ["", "a  b\nc"]) == [5, 8]
