from searchrerank.models.calibration import questions


def test_the_questions_have_passages_of_many_lengths_and_some_that_answer():
    assert len(questions()) == 12
    lengths = sorted(len(passage) for question in questions() for passage in question.passages)
    assert len(lengths) == 192
    assert lengths[0] < 80
    assert 600 < lengths[-1] <= 1600
    assert sum(any(question.grades) for question in questions()) >= 9
    assert all(len(question.grades) == len(question.passages) for question in questions())
    assert len({passage for question in questions() for passage in question.passages}) > 150
