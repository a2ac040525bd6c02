"""A score reaches the gradebook, once, whatever happens on the way. Real HTTP to the practice platform."""




def test_score_reaches_the_gradebook_once(school):
    learner = school.enter()
    school.earn(learner, 80)
    assert school.deliver() == 1
    assert school.grade() == 80
    assert school.given() == [80]
    assert school.deliver() == 0
    assert school.given() == [80]
    assert school.delivery().state == "settled"
