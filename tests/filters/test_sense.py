"""Texts alike in wording: which ask the same, and which responses contradict each other."""

import pytest

from tasks.filters.duplicates.sense import contradict, question, same_question

OTHER_QUESTIONS = """
Quote chapter 3 of the novel.|Quote chapter 4 of the novel.
What happened in Paris in 1914?|What happened in Paris in 1915?
How much is 5 - 3?|How much is 5 + 3?
How much is 5 - 3?|How much is 3 - 5?
Is -5 larger than x?|Is 5 larger than x?
Is a < b?|Is a > b?
Is a <= b for all a?|Is a < b for all a?
Which values have x != 0?|Which values have x = 0?
How large is 10² in metres?|How large is 102 in metres?
How many bits has one Mb?|How many bits has one MB?
What does grep do with -v?|What does grep do with -V?
Which birds can fly far?|Which birds cannot fly far?
Which birds do fly?|Which birds don't fly?
Name foods with sugar.|Name foods without sugar.
What does `str.find()` do?|What does `str.index()` do?
What does save do in Rails?|What does save! do in Rails?
What is a synonym for 'happy'?|What is a synonym for 'sad'?
Turn miles into yards.|Turn yards into miles.
Convert Celsius to Fahrenheit.|Convert Fahrenheit to Celsius.
Which number is largest?|Which number is smallest?
Sort it in ascending order.|Sort it in descending order.
Why did the empire fall?|When did the empire fall?
How does a lock work?|Why does a lock work?
When did Elizabeth leave home?|When did Jane leave home?
Who is the mayor of Bath?|Who was the mayor of Bath?
What happened before the war?|What happened after the war?
Is this review positive? The film was great.|Is this review positive? The film was awful.
Define photosynthesis.|Explain photosynthesis.
Write a poem about love.|Write a story about love.
List two uses of copper.|List two uses of iron.
Do you need A or B?|Do you need A and B?
What is the type of [1, 2]?|What is the type of (1, 2)?
Is x² odd?|Is x2 odd?
What costs $5?|What costs €5?
Is 5% much?|Is 5 much?
Write it for the US.|Write it for us.
Use at most ten words.|Use at least ten words.
Describe the first step.|Describe the second step.
What is 3/4?|What is 3*4?
What does this do?\\nif x:\\n    b()\\n    c()|What does this do?\\nif x:\\n    b()\\nc()
How old is he?|How old is she?
Does the doctor help the patient?|Does the patient help the doctor?
""".strip().splitlines()
ONE_QUESTION = """
What is the capital of India?|Name the capital of India.
How do bears sleep?|How does a bear sleep?
How do bears sleep?|Can you tell me how bears sleep?
How do bears sleep?|Please tell me: how do bears sleep?
Write a poem about love.|Please write a poem about love.
Write a poem about love.|Create a poem about love.
Describe how a lock works.|Explain how a lock works.
Name five rivers.|List 5 rivers.
What is the square root of 64?|Calculate the square root of 64.
Suggest a synonym for 'happy'.|Suggest a synonym for "happy."
WHAT IS THE CAPITAL OF INDIA?|What is the capital of India?
Explain **photosynthesis**.|Explain photosynthesis.
Fix it:\\nif x:\\n  b()\\n  c()|Fix it:\\nif x:\\n    b()\\n    c()
Is 5 − 3 odd?|Is 5 - 3 odd?
Don’t explain it.|Don't explain it.
""".strip().splitlines()
CONTRADICTING = """
It was in 1914.|It was in 1915.
It is safe to eat.|It is not safe to eat.
Yes, it is.|No, it is.
It falls to -5 degrees at night.|It falls to 5 degrees at night.
The result is a + b in all cases.|The result is a - b in all cases.
It holds where x < y.|It holds where x > y.
The rate increases with heat.|The rate decreases with heat.
The answer is called Berlin by all.|The answer is called Rome by all.
A synonym for it is 'joyful'.|A synonym for it is 'content'.
Call `sort()` for that.|Call `sorted()` for that.
It weighs 3 mg in total.|It weighs 3 Mg in total.
The doctor helps the patient.|The patient helps the doctor.
The coat of it is red.|The coat of it is green.
First 3, then 4.|First 4, then 3.
It takes two days.|It takes three days.
if x:\\n    b()\\n    c()|if x:\\n    b()\\nc()
""".strip().splitlines()
AGREEING = """
It was in 1914.|It was, in 1914.
The heat of the sun turns water into steam.|Heat of the sun turns the water to steam.
- One thing\\n- Another thing|1. One thing\\n2. Another thing
It is safe to eat and grows in the woods of 3 countries.|It is safe to eat and grows in the wo
How bears sleep is told in books.|In books is told how a bear sleeps.
It is **safe**.|It is safe.
We sold 5 of 10.|We sold 5 of 10.\\n\\nWe sold 5 of 10.
""".strip().splitlines()


def pair(line: str) -> list[str]:
    return line.replace("\\n", "\n").split("|")


@pytest.mark.parametrize("line", OTHER_QUESTIONS)
def test_questions_that_differ_in_what_matters(line: str) -> None:
    left, right = pair(line)
    assert question(left).unordered != question(right).unordered
    assert not same_question(left, right)


@pytest.mark.parametrize("line", ONE_QUESTION)
def test_questions_that_differ_in_what_cannot_matter(line: str) -> None:
    left, right = pair(line)
    assert question(left) == question(right)
    assert same_question(left, right)


def test_a_question_may_begin_elsewhere_except_in_near_duplicates() -> None:
    left, right = "In the woods, how do bears sleep?", "How do bears sleep in the woods?"
    assert question(left) != question(right)
    assert question(left).unordered == question(right).unordered


def test_opposites_contradict_in_long_responses() -> None:
    told = "Turn the big wheel of it to the left and then push the long lever up until the red lamp is {} and shines bright."
    assert contradict(told.format("on"), told.format("off"))


def test_neither_of_two_words_may_stand_elsewhere() -> None:
    assert question("Is a square a rectangle?").unordered != question("Is a rectangle a square?").unordered


def test_with_one_answer_a_question_may_say_more_but_not_something_else() -> None:
    assert same_question("Write an essay on trees.", "Write a short essay on trees.")
    assert not same_question("Write a long essay on trees.", "Write a short essay on trees.")


@pytest.mark.parametrize("line", CONTRADICTING)
def test_responses_that_contradict(line: str) -> None:
    left, right = pair(line)
    assert contradict(left, right)
    assert contradict(right, left)


@pytest.mark.parametrize("line", AGREEING)
def test_responses_that_do_not(line: str) -> None:
    left, right = pair(line)
    assert not contradict(left, right)
    assert not contradict(right, left)


def test_chat_tokens_ask_nothing() -> None:
    assert question("<|user|>Name the capital of India.") == question("Name the capital of India.")
