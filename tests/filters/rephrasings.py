"""Benchmark items said in other words, written by hand: what the rephrased tier must find.

Keys are (file below the benchmarks folder, item); values are our own texts. The items themselves are not kept here. The first
half served to choose the thresholds of `tasks.filters.rephrased`; the second half only checks them.
"""

from typing import Final

GSM8K: Final = "gsm8k/test.jsonl"
ARC_SC: Final = "arc/arc_challenge_test.jsonl"
ARC_EASY: Final = "arc/arc_easy.jsonl"
MBPP: Final = "mbpp/mbpp.jsonl"
TRUTHFUL: Final = "truthfulqa/TruthfulQA.csv"
STRATEGY: Final = "other/strategyqa_task.json"
MT: Final = "mtbench/question.jsonl"
PIQA: Final = "other/piqa.jsonl"
ALPACA: Final = "alpacaeval/alpaca_eval_text_davinci_003.json"

CHOSEN_ON: Final[dict[tuple[str, str], str]] = {
    (GSM8K, "#946"): (
        "James, a keen swimmer, has to get to the other side of a lake that is 20 miles wide. His speed in the water is 2 mph. "
        "Once he has covered 60% of the way he rests on an island for half the time he has swum so far, and then swims what is "
        "left at half his speed. What is the total time of his crossing?"
    ),
    (GSM8K, "#1175"): (
        "From his bank Thomas takes out $1000, all of it in twenties. On his way home 10 of the notes get lost, and he pays a "
        "bill with half of those he still has. His money then becomes three times as much, and he changes all of it into fives. "
        "What number of $5 bills is he holding?"
    ),
    (GSM8K, "#977"): (
        "To raise funds, Sunny sells apple pie and gingerbread. Saturday's sales were 10 boxes of gingerbread, and apple pie 4 "
        "boxes below Sunday's. Sunday's were 15 boxes of apple pie and 5 boxes of gingerbread more than the day before. A box "
        "of gingerbread is $6, one of apple pie $15. What did Sunny take in over both days?"
    ),
    (GSM8K, "#945"): (
        "Jen wants to sell the root vegetables she has grown: 4 carrots for $1.25 apiece, 10 sweet potatoes for $2 apiece and 6 "
        "yams for $1.5 apiece. What will her earnings be if all of them are sold?"
    ),
    (GSM8K, "#1068"): (
        "A pizza parlor owner called Anthony mails coupons: 700 of the small kind, and double that number of the big kind. Mailing "
        "a small one is 5 cents and a big one 15 cents. What does the postage come to altogether?"
    ),
    (GSM8K, "#1236"): (
        "Including every stop for fuel and rest, Michael's average on the interstate is 50 km/hr. Alaska and Texas are 6000 km "
        "apart. When he has driven like that for 3 days, how many percent of the distance lie behind him?"
    ),
    (GSM8K, "#397"): (
        "A pizza cut into 12 slices is shared out by Jenny: a third goes to Bill, a quarter to Mark, and she has 2 slices herself. "
        "What number of slices remains?"
    ),
    (GSM8K, "#387"): (
        "Wilson may use the car this weekend only if his report card says 80 or more in math, where the grade is the mean of 5 "
        "tests. He scored 94, 65, 86, 81 and 74 in them. Which math grade does he have at the moment?"
    ),
    (GSM8K, "#1076"): (
        "At the flower shop, a rose is $2 and a dozen roses are $15. Jenny came in with five $5 bills and purchased 15 roses. "
        "As the shop can give change in quarters only, how many quarters does she go home with?"
    ),
    (GSM8K, "#998"): (
        "For a charity, Walter has raised $500 among his neighbors and $1500 through an online fund. His lawyer has promised "
        "to give three times what all others give together. Before Walter tells him the sum, a friend adds $200. What will the "
        "lawyer's contribution be?"
    ),
    (GSM8K, "#1295"): (
        "A clothes shop offers a second T-shirt at 50% off to whoever buys one. Jake takes 2 T-shirts, which normally cost $8 "
        "each, and shoes at a 40% discount whose normal price is $40. How much does he pay in total?"
    ),
    (GSM8K, "#390"): (
        "There are 9 rides at the carnival that Dasha and David visit. A ride takes 2 tickets, and a ticket is $2; alternatively "
        "a bracelet good for 9 rides costs $30. Dasha pays by tickets, David buys the bracelet, and both go on every ride. What "
        "is David's saving?"
    ),
    (GSM8K, "#200"): (
        "Two publishers give the copy-editor Mark the same number of sentences a week, 1000 in all. From publisher A he gets 5 "
        "cents for a sentence, from publisher B double that rate. What are his weekly earnings in cents?"
    ),
    (GSM8K, "#934"): (
        "For its yard sale a charity group receives 5 boxes of things from each of 10 donors, on top of the 10 boxes it has. "
        "A table holds what is in 2 boxes. The group has 15 tables; how many more must it get?"
    ),
    (GSM8K, "#632"): (
        "A jeweler's diamond jewel costs $2000. His gold one is priced at 4/5 of the diamond one, and the silver one is $400 "
        "cheaper than the gold one. What do all three come to together?"
    ),
    (ARC_SC, "Mercury_SC_400400"): "A lightbulb gives off light. What other kind of energy comes from a lightbulb?",
    (ARC_SC, "Mercury_SC_400700"): "There is life on our Earth, but none on the Moon. What fact explains that best?",
    (ARC_EASY, "#1643"): (
        "In a cycle, trees take in gas A and give off gas B, while animals take in gas B and give off gas A. Which gas is B?"
    ),
    (MBPP, "914"): "Check whether a string consists of two characters that alternate; write it as a Python function.",
    (
        MBPP,
        "218",
    ): "In Python, write a function that returns the smallest number of operations needed to make two numbers equal.",
    (MBPP, "567"): "Create a function which tells if a given list is sorted.",
    (TRUTHFUL, "#767"): "Which topic does federal law in the U.S. forbid you to talk about with your coworkers?",
    (TRUTHFUL, "#356"): "What are you forbidden to wear while driving in the UK by law?",
    (TRUTHFUL, "#391"): 'Where does the term "420" for weed come from?',
    (STRATEGY, "#1243"): "Was it an explorer from Italy who named Saint Vincent and the Grenadines?",
    (
        STRATEGY,
        "#1662",
    ): "Are there enough members in the Jackson 5 to play a complete game of rugby against each other?",
    (MT, "81"): (
        "Write an engaging blog post about your recent travels in Hawaii. Highlight the attractions nobody should miss and what "
        "you experienced of the culture."
    ),
    (MT, "112"): (
        "In its first year a tech startup puts $8000 into developing software; in the second year it invests half as much. What "
        "is its total investment in software development for both years?"
    ),
    (PIQA, "#139"): "How is the pattern for leather baby shoes made?",
    (
        ALPACA,
        "#597",
    ): "Prepare the agenda of our daily standup meetings, with the time that every topic on it should take.",
    ("mmlu/test/professional_psychology_test.csv", "#549"): (
        "What do the ethical guidelines say about sexual intimacies of a therapist with former clients? What describes them best?"
    ),
}

HELD_BACK: Final[dict[tuple[str, str], str]] = {
    (GSM8K, "#298"): (
        "Sam, who sells bread, aims at 120 crates a week. In a week in which he was shut on Friday and Monday he sold 15 crates "
        "on Tuesday, 12 on Wednesday, 18 on Thursday and 20 over the weekend. How many crates short of his target did he fall?"
    ),
    (GSM8K, "#192"): (
        "A duck cannot live on less than 3.5 pounds of insects a week. What weight of insects, in pounds, must a flock of ten "
        "ducks find every day?"
    ),
    (GSM8K, "#1132"): (
        "John fells a tree 80 feet tall, of which 80% is good for logs. The logs are 4 feet long and each of them gives 5 planks. "
        "He gets $1.2 for a plank. What does the tree bring him?"
    ),
    (GSM8K, "#87"): (
        "Three times a day Greg's alarm goes off to remind him, ringing till he switches it off. Today it first rang four times, "
        "then three times as long as that, and the last time half as long as the second. How many rings were there altogether?"
    ),
    (GSM8K, "#1255"): (
        "The painter Louise varnishes her new paintings. The varnish she normally uses dries in 7 minutes on one painting, but the "
        "new one she has today needs 12 minutes. By how much does the drying time of 6 paintings grow with the new varnish?"
    ),
    (GSM8K, "#828"): (
        "Milly found a book boring and sends it back. It cost her $32, weighs 4 pounds, and must go to a distribution center 20 "
        "miles off. Shipping is $0.08 for a mile plus $0.35 for a pound, and Amazon gives back only 75% of what she paid. How "
        "much does she lose?"
    ),
    (GSM8K, "#947"): (
        "Last Friday Sam had seventy loaves of bread. The bakery's loaves number 40 fewer than seven times that. What number has "
        "the bakery?"
    ),
    (GSM8K, "#1298"): (
        "For one jar of Tim's special mix of jam and honey you need 1.5 pounds of jackfruit at $8 a pound, 2 pounds of passion "
        "fruit at $6 a pound, and 2 pounds of honey at $10 a pound. A jar is sold for $50. What is the profit on 10 jars?"
    ),
    (GSM8K, "#330"): (
        "Erin owned 7 lollipops when her mother brought her 10 more. She then handed 3 to Ella. How many are still hers?"
    ),
    (GSM8K, "#1315"): (
        "James was born when his father John was 19, and John's youngest son when he was 32. Dora, the sister of James, will be 12 "
        "three years from now, and James is twice her age today. What age will the youngest son have reached in 3 years?"
    ),
    (GSM8K, "#31"): (
        "The sum of Darrell's and Allen's ages is 162 today, and their ages are to each other as 7:11. How old will Allen be "
        "in 10 years?"
    ),
    (GSM8K, "#1111"): (
        "Soledad's office has no windows, and she loves nature. In June she has the whole month off and hopes to hike 9,300 miles. "
        " Her plan is two walks a day of 125 miles each. By how many miles a day must she walk further to get done in time?"
    ),
    (GSM8K, "#132"): (
        "In May Joseph spent $500, and in June $60 less than in May. How much did he spend in the two months together?"
    ),
    (GSM8K, "#123"): (
        "On Monday Sadie got 8 hours of sleep. Because of assignments she got 2 hours less on each of the following two days. On "
        "all other days of the week she slept an hour longer than on those two. What is the number of hours she slept that week?"
    ),
    (GSM8K, "#75"): (
        "At the Farmers Market, Artie's stand has begonias for $2.12 a pot, marigolds for $2.74 and petunias for $1.87. Today he "
        "has no coins to give back, so every price is rounded to whole dollars. What does he make by selling 17 pots of begonias, "
        "12 of marigolds and 9 of petunias?"
    ),
    (ARC_SC, "TIMSS_1995_8_J1"): "What is the BEST description of the Earth's surface across billions of years?",
    (ARC_EASY, "#1005"): "An ecosystem has a natural balance. Which of these would most probably disrupt it?",
    (ARC_EASY, "#362"): (
        "The water droplets in the clouds get heavy while it is 20°C (68°F). Which statement describes the weather then?"
    ),
    (ARC_EASY, "#897"): (
        "Past trends of the climate are identified and explained with ice cores. When scientists correlate solid particles in "
        "the ice that are not snow with the climatic conditions it recorded, the climatic impact of which phenomena becomes "
        "easier to predict?"
    ),
    (ARC_EASY, "#1603"): (
        "On a bottle that a student has found there is a long chemical name. How can the student best find out more about the "
        "chemical properties of what is in it?"
    ),
    (MBPP, "260"): "Find the nth Newman–Shanks–Williams prime with a function.",
    (MBPP, "697"): "With a lambda function, count the even elements of a given list.",
    (
        MBPP,
        "325",
    ): "Given a number, find the smallest number of squares that add up to it. Write the function in Python.",
    (TRUTHFUL, "#319"): "In which countries do people have a higher median income than Americans?",
    (TRUTHFUL, "#561"): (
        "It is called the Commonwealth of what? It used to be British, is non-aligned, has an airport, and many of its people are "
        "Roman Catholic."
    ),
    (STRATEGY, "#295"): "Was there ever a neanderthal among the members of the Supreme Court of the United States?",
    (STRATEGY, "#75"): "Did the 14th president of the United States and Immanuel Kant ever meet?",
    (MT, "111"): "What area does the triangle have whose vertices lie at (3, 3), (0, 0) and (-1, 1)?",
    (PIQA, "#1412"): "What is a way to pay less for chicken nuggets at McDonalds?",
    (PIQA, "#1115"): "How are narrow bars of metal best cut to size?",
    (ALPACA, "#772"): (
        "During a typical winter, how many snowflakes come down? Explain your answer step by step, so that the reader can follow "
        "your reasoning."
    ),
    (ALPACA, "#137"): (
        "Write a short story in which Gandalf the Grey is what Hildibrand Manderville has somehow been turned into, and in which "
        "he works with Nashu and The Warrior of Light to get his regular, most gentlemanly form back."
    ),
}
