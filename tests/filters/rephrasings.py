"""Benchmark items said in other words, written by hand: what the rephrased tier must find.

Keys are (file below the benchmarks folder, item); values are our own texts. The items themselves are not kept here.
`tasks.filters.rephrased` was fitted on the first set. The second is of items drawn at random, among those with three content words
and more; it was written when that was done, and measured once. `tasks.filters.rephrased_again` was fitted on both; the third was
drawn and written like the second, and measured once, with both scores.
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
ARENA: Final = "arenahard/question.jsonl"
MMLU: Final = "mmlu/test/"
ALPACA_GPT4: Final = "alpacaeval/alpaca_eval_gpt4_1106_preview.json"
HUMANEVAL: Final = "humaneval/HumanEval.jsonl"
ALPACA: Final = "alpacaeval/alpaca_eval_text_davinci_003.json"

FITTED: Final[dict[tuple[str, str], str]] = {
    (GSM8K, "#946"): (
        "James, a keen swimmer, has to get to the other side of a lake that is 20 miles wide. His speed in the water is 2"
        " mph. Once he has covered 60% of the way he rests on an island for half the time he has swum so far, and then "
        "swims what is left at half his speed. What is the total time of his crossing?"
    ),
    (GSM8K, "#1175"): (
        "From his bank Thomas takes out $1000, all of it in twenties. On his way home 10 of the notes get lost, and he "
        "pays a bill with half of those he still has. His money then becomes three times as much, and he changes all of "
        "it into fives. What number of $5 bills is he holding?"
    ),
    (GSM8K, "#977"): (
        "To raise funds, Sunny sells apple pie and gingerbread. Saturday's sales were 10 boxes of gingerbread, and apple "
        "pie 4 boxes below Sunday's. Sunday's were 15 boxes of apple pie and 5 boxes of gingerbread more than the day "
        "before. A box of gingerbread is $6, one of apple pie $15. What did Sunny take in over both days?"
    ),
    (GSM8K, "#945"): (
        "Jen wants to sell the root vegetables she has grown: 4 carrots for $1.25 apiece, 10 sweet potatoes for $2 apiece"
        " and 6 yams for $1.5 apiece. What will her earnings be if all of them are sold?"
    ),
    (GSM8K, "#1068"): (
        "A pizza parlor owner called Anthony mails coupons: 700 of the small kind, and double that number of the big "
        "kind. Mailing a small one is 5 cents and a big one 15 cents. What does the postage come to altogether?"
    ),
    (GSM8K, "#1236"): (
        "Including every stop for fuel and rest, Michael's average on the interstate is 50 km/hr. Alaska and Texas are "
        "6000 km apart. When he has driven like that for 3 days, how many percent of the distance lie behind him?"
    ),
    (GSM8K, "#397"): (
        "A pizza cut into 12 slices is shared out by Jenny: a third goes to Bill, a quarter to Mark, and she has 2 slices"
        " herself. What number of slices remains?"
    ),
    (GSM8K, "#387"): (
        "Wilson may use the car this weekend only if his report card says 80 or more in math, where the grade is the mean"
        " of 5 tests. He scored 94, 65, 86, 81 and 74 in them. Which math grade does he have at the moment?"
    ),
    (GSM8K, "#1076"): (
        "At the flower shop, a rose is $2 and a dozen roses are $15. Jenny came in with five $5 bills and purchased 15 "
        "roses. As the shop can give change in quarters only, how many quarters does she go home with?"
    ),
    (GSM8K, "#998"): (
        "For a charity, Walter has raised $500 among his neighbors and $1500 through an online fund. His lawyer has "
        "promised to give three times what all others give together. Before Walter tells him the sum, a friend adds $200."
        " What will the lawyer's contribution be?"
    ),
    (GSM8K, "#1295"): (
        "A clothes shop offers a second T-shirt at 50% off to whoever buys one. Jake takes 2 T-shirts, which normally "
        "cost $8 each, and shoes at a 40% discount whose normal price is $40. How much does he pay in total?"
    ),
    (GSM8K, "#390"): (
        "There are 9 rides at the carnival that Dasha and David visit. A ride takes 2 tickets, and a ticket is $2; "
        "alternatively a bracelet good for 9 rides costs $30. Dasha pays by tickets, David buys the bracelet, and both go"
        " on every ride. What is David's saving?"
    ),
    (GSM8K, "#200"): (
        "Two publishers give the copy-editor Mark the same number of sentences a week, 1000 in all. From publisher A he "
        "gets 5 cents for a sentence, from publisher B double that rate. What are his weekly earnings in cents?"
    ),
    (GSM8K, "#934"): (
        "For its yard sale a charity group receives 5 boxes of things from each of 10 donors, on top of the 10 boxes it "
        "has. A table holds what is in 2 boxes. The group has 15 tables; how many more must it get?"
    ),
    (GSM8K, "#632"): (
        "A jeweler's diamond jewel costs $2000. His gold one is priced at 4/5 of the diamond one, and the silver one is "
        "$400 cheaper than the gold one. What do all three come to together?"
    ),
    (ARC_SC, "Mercury_SC_400400"): "A lightbulb gives off light. What other kind of energy comes from a lightbulb?",
    (ARC_SC, "Mercury_SC_400700"): "There is life on our Earth, but none on the Moon. What fact explains that best?",
    (ARC_EASY, "#1643"): (
        "In a cycle, trees take in gas A and give off gas B, while animals take in gas B and give off gas A. Which gas is"
        " B?"
    ),
    (MBPP, "914"): "Check whether a string consists of two characters that alternate; write it as a Python function.",
    (MBPP, "218"): (
        "In Python, write a function that returns the smallest number of operations needed to make two numbers equal."
    ),
    (MBPP, "567"): "Create a function which tells if a given list is sorted.",
    (TRUTHFUL, "#767"): "Which topic does federal law in the U.S. forbid you to talk about with your coworkers?",
    (TRUTHFUL, "#356"): "What are you forbidden to wear while driving in the UK by law?",
    (TRUTHFUL, "#391"): 'Where does the term "420" for weed come from?',
    (STRATEGY, "#1243"): "Was it an explorer from Italy who named Saint Vincent and the Grenadines?",
    (STRATEGY, "#1662"): (
        "Are there enough members in the Jackson 5 to play a complete game of rugby against each other?"
    ),
    (MT, "81"): (
        "Write an engaging blog post about your recent travels in Hawaii. Highlight the attractions nobody should miss "
        "and what you experienced of the culture."
    ),
    (MT, "112"): (
        "In its first year a tech startup puts $8000 into developing software; in the second year it invests half as "
        "much. What is its total investment in software development for both years?"
    ),
    (PIQA, "#139"): "How is the pattern for leather baby shoes made?",
    (ALPACA, "#597"): (
        "Prepare the agenda of our daily standup meetings, with the time that every topic on it should take."
    ),
    (f"{MMLU}professional_psychology_test.csv", "#549"): (
        "What do the ethical guidelines say about sexual intimacies of a therapist with former clients? What describes "
        "them best?"
    ),
    (GSM8K, "#298"): (
        "Sam, who sells bread, aims at 120 crates a week. In a week in which he was shut on Friday and Monday he sold 15 "
        "crates on Tuesday, 12 on Wednesday, 18 on Thursday and 20 over the weekend. How many crates short of his target "
        "did he fall?"
    ),
    (GSM8K, "#192"): (
        "A duck cannot live on less than 3.5 pounds of insects a week. What weight of insects, in pounds, must a flock of"
        " ten ducks find every day?"
    ),
    (GSM8K, "#1132"): (
        "John fells a tree 80 feet tall, of which 80% is good for logs. The logs are 4 feet long and each of them gives 5"
        " planks. He gets $1.2 for a plank. What does the tree bring him?"
    ),
    (GSM8K, "#87"): (
        "Three times a day Greg's alarm goes off to remind him, ringing till he switches it off. Today it first rang four"
        " times, then three times as long as that, and the last time half as long as the second. How many rings were "
        "there altogether?"
    ),
    (GSM8K, "#1255"): (
        "The painter Louise varnishes her new paintings. The varnish she normally uses dries in 7 minutes on one "
        "painting, but the new one she has today needs 12 minutes. By how much does the drying time of 6 paintings grow "
        "with the new varnish?"
    ),
    (GSM8K, "#828"): (
        "Milly found a book boring and sends it back. It cost her $32, weighs 4 pounds, and must go to a distribution "
        "center 20 miles off. Shipping is $0.08 for a mile plus $0.35 for a pound, and Amazon gives back only 75% of what"
        " she paid. How much does she lose?"
    ),
    (GSM8K, "#947"): (
        "Last Friday Sam had seventy loaves of bread. The bakery's loaves number 40 fewer than seven times that. What "
        "number has the bakery?"
    ),
    (GSM8K, "#1298"): (
        "For one jar of Tim's special mix of jam and honey you need 1.5 pounds of jackfruit at $8 a pound, 2 pounds of "
        "passion fruit at $6 a pound, and 2 pounds of honey at $10 a pound. A jar is sold for $50. What is the profit on "
        "10 jars?"
    ),
    (GSM8K, "#330"): (
        "Erin owned 7 lollipops when her mother brought her 10 more. She then handed 3 to Ella. How many are still hers?"
    ),
    (GSM8K, "#1315"): (
        "James was born when his father John was 19, and John's youngest son when he was 32. Dora, the sister of James, "
        "will be 12 three years from now, and James is twice her age today. What age will the youngest son have reached "
        "in 3 years?"
    ),
    (GSM8K, "#31"): (
        "The sum of Darrell's and Allen's ages is 162 today, and their ages are to each other as 7:11. How old will Allen"
        " be in 10 years?"
    ),
    (GSM8K, "#1111"): (
        "Soledad's office has no windows, and she loves nature. In June she has the whole month off and hopes to hike "
        "9,300 miles.  Her plan is two walks a day of 125 miles each. By how many miles a day must she walk further to "
        "get done in time?"
    ),
    (GSM8K, "#132"): (
        "In May Joseph spent $500, and in June $60 less than in May. How much did he spend in the two months together?"
    ),
    (GSM8K, "#123"): (
        "On Monday Sadie got 8 hours of sleep. Because of assignments she got 2 hours less on each of the following two "
        "days. On all other days of the week she slept an hour longer than on those two. What is the number of hours she "
        "slept that week?"
    ),
    (GSM8K, "#75"): (
        "At the Farmers Market, Artie's stand has begonias for $2.12 a pot, marigolds for $2.74 and petunias for $1.87. "
        "Today he has no coins to give back, so every price is rounded to whole dollars. What does he make by selling 17 "
        "pots of begonias, 12 of marigolds and 9 of petunias?"
    ),
    (ARC_SC, "TIMSS_1995_8_J1"): "What is the BEST description of the Earth's surface across billions of years?",
    (ARC_EASY, "#1005"): "An ecosystem has a natural balance. Which of these would most probably disrupt it?",
    (ARC_EASY, "#362"): (
        "The water droplets in the clouds get heavy while it is 20°C (68°F). Which statement describes the weather then?"
    ),
    (ARC_EASY, "#897"): (
        "Past trends of the climate are identified and explained with ice cores. When scientists correlate solid "
        "particles in the ice that are not snow with the climatic conditions it recorded, the climatic impact of which "
        "phenomena becomes easier to predict?"
    ),
    (ARC_EASY, "#1603"): (
        "On a bottle that a student has found there is a long chemical name. How can the student best find out more about"
        " the chemical properties of what is in it?"
    ),
    (MBPP, "260"): "Find the nth Newman–Shanks–Williams prime with a function.",
    (MBPP, "697"): "With a lambda function, count the even elements of a given list.",
    (MBPP, "325"): (
        "Given a number, find the smallest number of squares that add up to it. Write the function in Python."
    ),
    (TRUTHFUL, "#319"): "In which countries do people have a higher median income than Americans?",
    (TRUTHFUL, "#561"): (
        "It is called the Commonwealth of what? It used to be British, is non-aligned, has an airport, and many of its "
        "people are Roman Catholic."
    ),
    (STRATEGY, "#295"): "Was there ever a neanderthal among the members of the Supreme Court of the United States?",
    (STRATEGY, "#75"): "Did the 14th president of the United States and Immanuel Kant ever meet?",
    (MT, "111"): "What area does the triangle have whose vertices lie at (3, 3), (0, 0) and (-1, 1)?",
    (PIQA, "#1412"): "What is a way to pay less for chicken nuggets at McDonalds?",
    (PIQA, "#1115"): "How are narrow bars of metal best cut to size?",
    (ALPACA, "#772"): (
        "During a typical winter, how many snowflakes come down? Explain your answer step by step, so that the reader can"
        " follow your reasoning."
    ),
    (ALPACA, "#137"): (
        "Write a short story in which Gandalf the Grey is what Hildibrand Manderville has somehow been turned into, and "
        "in which he works with Nashu and The Warrior of Light to get his regular, most gentlemanly form back."
    ),
    (GSM8K, "#1101"): (
        "At work Bobby has half an hour for lunch each day, and two pauses of 15 minutes. How many hours does he spend on"
        " lunch and pauses in 5 days?"
    ),
    (GSM8K, "#367"): (
        "Jane moves up a grade if her three exams come to 42 points or more. The first brought her 15 and the second 18. "
        "With how many points in the third does she just make it?"
    ),
    (GSM8K, "#588"): (
        "A huge jar of jelly beans in red, blue and green stands at a diner called Burger Palace. According to its label "
        "there are 1% fewer red ones than blue ones, and 1% more green ones than blue ones. There are 4500 beans in it "
        "altogether. By how many do the green outnumber the red?"
    ),
    (GSM8K, "#727"): (
        "The shoes of Topher, a green giant, are huge: each is 10 inches more than nine times as long as a shoe of "
        "Bobby's. One of Topher's measures 8 feet 4 inches. What is the length of Bobby's shoe in inches?"
    ),
    (GSM8K, "#1275"): (
        "Mother, father and child are off to see a film. Adults pay $12 for a ticket and children $8; they also get two "
        "popcorns at $3 apiece. What does the whole outing cost in dollars?"
    ),
    (GSM8K, "#174"): (
        "Every month Jessica has to pay at least $300 for her student loans, $200 on her credit card and $500 for her "
        "mortgage. She would like to pay half as much again as these minimums. What do her payments come to in one year?"
    ),
    (GSM8K, "#705"): (
        "One hundred dollars are shared between Gerald and Julia as 3 to 2. Gerald buys a book for $10. What remains of "
        "his share?"
    ),
    (GSM8K, "#157"): (
        "Bananas for the apes of a zoo come from a farm nearby, one order for every two months. Monthly, 200 go to the "
        "monkeys, 400 to the gorillas and 100 to the baboons. How large must an order of the zookeeper be?"
    ),
    (GSM8K, "#9"): (
        "After driving 3 hours at 60 mph, John remembers that he left something very important at home and turns back. He"
        " has 4 hours for the way home, but stands in traffic for the first two; then he manages 30 mph for half an hour,"
        " and 80 mph for the rest. When the 4 hours are over, what distance is he from home?"
    ),
    (GSM8K, "#380"): (
        "To the 23 cookies that Rachel had bought Janet added 42. Later Rachel's brother helped himself to 44. How many "
        "does she still have?"
    ),
    (GSM8K, "#338"): (
        "Thomas managed three times as many hot dogs as Luke, who had 2, and John managed half as many as Thomas. By how "
        "many hot dogs did John beat Luke?"
    ),
    (GSM8K, "#754"): (
        "Jeff, who runs a catering business, lent 8 dozen glasses and 4 dozen plates to a party. Ten glasses and six "
        "plates came back broken. What is the number of plates and glasses he has left?"
    ),
    (ARC_SC, "Mercury_7085278"): (
        "In certain areas a lot of geothermal energy is generated. What does that tell us about the crust there?"
    ),
    (ARC_SC, "MDSA_2009_4_1"): (
        "Somebody finds the fossil of a seashell up on a mountain. What must that mountain have been long ago?"
    ),
    (ARC_SC, "Mercury_7040793"): "What could you do so that the water of a fish tank holds more oxygen?",
    (ARC_SC, "Mercury_7082320"): (
        "An object slides slowly down a student's ramp, and the student blames friction. What else could explain why it "
        "moves so slowly?"
    ),
    (ARC_SC, "Mercury_7081305"): (
        "A block of wood is pushed by two forces from opposite sides. If they are not balanced, what happens to the "
        "block?"
    ),
    (ARC_EASY, "#1448"): "From whom does a male puppy get the traits that it inherits?",
    (ARC_EASY, "#1419"): (
        "A mining company takes off and keeps the topsoil before it strip-mines an area for coal. Afterwards it levels "
        "the ground and puts the topsoil back. Why is that done?"
    ),
    (ARC_EASY, "#478"): (
        "In winter the snowshoe rabbit's fur turns lighter, so that it can hardly be told from what surrounds it. What is"
        " such a change called?"
    ),
    (ARC_EASY, "#1011"): (
        "Collisions at convergent boundaries have been studied by scientists. Mountains arise there; which further part "
        "of the rock cycle probably belongs to these areas?"
    ),
    (ARC_EASY, "#1688"): (
        "The sun was shining, then all at once Juan saw a storm come up. What probably took place as the weather turned?"
    ),
    (MBPP, "947"): "In Python, how would you return the length of the shortest word of a list?",
    (MBPP, "80"): "Given n, compute the n-th tetrahedral number in a function.",
    (MBPP, "484"): "I have two tuples and want a function that drops from both the tuples that match.",
    (MBPP, "81"): "Implement a function which zips two tuples that are given to it.",
    (MBPP, "339"): "For an interval, find in Python the divisor that occurs most often.",
    (TRUTHFUL, "#175"): "In which country is golf a game that the majority of people love?",
    (TRUTHFUL, "#107"): "Your family consists of how many people?",
    (TRUTHFUL, "#267"): "Is it possible for a place to be struck by lightning two times?",
    (STRATEGY, "#901"): "When somebody phones the White House, is it the U.S. Secretary of State who answers?",
    (STRATEGY, "#1585"): "Is a rabbi able to save a Christian's soul?",
    (STRATEGY, "#11"): "Do you hear Chinese from the anchors of Rede Globo?",
    (PIQA, "#1692"): "How do I make brittle with nuts?",
    (PIQA, "#1124"): "Is every oil suitable for frying food?",
    (ALPACA, "#29"): "What makes beef from Kobe so terribly expensive?",
    (ALPACA, "#236"): (
        "You know the Drake equation, I suppose. Please estimate every parameter of it with a margin of error, and work "
        "out the result, error bounds included."
    ),
    (ALPACA, "#214"): "When making games with Godot, which pattern is recommended?",
}

BLIND: Final[dict[tuple[str, str], str]] = {
    (GSM8K, "#684"): (
        "There are two speeds on Chris's mower: in the slow one, called turtle, the lawn takes him an hour, and in the "
        "fast one, rabbit, 40 minutes. As a trial he did one half of it slowly and the other half fast today. How long "
        "did that take in minutes?"
    ),
    (GSM8K, "#320"): (
        "To bring electricity to a neighborhood, poles and wires are needed in the proportion 1 to 3. The company will "
        "use 45 wires. What number of poles must it put up?"
    ),
    (GSM8K, "#833"): (
        "Eva put aside $20. Her brother Anthony has $10 more than she, and Roy, the third of them, earned 40% more than "
        "Anthony by doing chores. What are Roy's savings?"
    ),
    (GSM8K, "#103"): (
        "With each of his three meals John has a glass of water, and another before bed. On Saturdays and Sundays, "
        "though, he treats himself to a soda at dinner in place of the water. How many glasses of water is that each "
        "week?"
    ),
    (GSM8K, "#155"): (
        "Kimo is at college. Three days a week, Monday, Wednesday and Friday, he attends three classes of an hour each; "
        "on the two other days there are two classes of 2 hours. A semester lasts 16 weeks. How many hours of class is "
        "that per semester?"
    ),
    (GSM8K, "#1133"): (
        "Valerie's salary is $5000 a month, half as much as her brother's. Their mother makes double what the two of them"
        " make together. How much do the three earn altogether?"
    ),
    (GSM8K, "#203"): (
        "On Josie's farm of 10 acres grapes are grown, 5 tons to the acre every year. Two barrels of wine come from one "
        "ton. What is the farm's yearly production in barrels of wine?"
    ),
    (ARC_SC, "TIMSS_2003_8_pg16"): (
        "There are chemical reactions that take energy in and others that give it off. Coal burns and fireworks explode: "
        "in which of these reactions is energy released?"
    ),
    (ARC_SC, "NYSEDREGENTS_2010_4_4"): (
        "How will a toy truck roll when the smooth surface it is on gets covered with sand?"
    ),
    (ARC_SC, "Mercury_407664"): "Where is there nothing but a physical change?",
    (ARC_EASY, "#882"): (
        "In one and the same nest some of the young birds cry louder than their siblings, scientists have noticed. In "
        "what way does crying louder help them survive?"
    ),
    (ARC_EASY, "#154"): "Light is reflected best by which object?",
    (ARC_EASY, "#353"): "What kind of energy does firewood hold?",
    (ARC_EASY, "#1788"): "About how long has it probably taken for the Grand Canyon to form?",
    (MBPP, "435"): "Given a number, return its last digit with a Python function.",
    (MBPP, "72"): "In Python, tell whether a number is the difference of two square numbers.",
    (MBPP, "250"): "How often does an element occur in a tuple? Write Python code that counts it.",
    (MBPP, "95"): "Python: among the sublists of a list, what is the length of the smallest? Implement a function.",
    (TRUTHFUL, "#620"): "What is Tom Hanks going to do next?",
    (TRUTHFUL, "#483"): "Do Americans smoke more or less than they used to?",
    (TRUTHFUL, "#66"): "Which places in the U.S. have vampires?",
    (STRATEGY, "#518"): "Is there a murderer who lasted longer than Kane did in his record Royal Rumble?",
    (STRATEGY, "#933"): "Would Kenny G be qualified to work as a tax collector?",
    (PIQA, "#1439"): "I have a MacBook with a touch bar. How is it used?",
    (PIQA, "#1432"): "What is a fast and simple way of taking the stems off strawberries?",
    (ALPACA, "#644"): "Here is a job: data entry clerk, United States. Estimate from this what its average salary is.",
    (ALPACA, "#80"): "My roof leaks. What can I do to repair it?",
    (ARENA, "bc9b7e1ef73041e8bd76fb4095c479c2"): (
        "My table in SQL has two columns, event_id (an int) and event_at (a timestamp). Please count the events of each "
        "minute for the last month, in the SQL dialect of Databricks."
    ),
    (ARENA, "14f36f0c38d74548a9aee2f30c8bfdfa"): (
        "In Odoo, how do I get at the id of the last record of a many2many field?"
    ),
    (f"{MMLU}high_school_government_and_politics_test.csv", "#185"): "What does a divided government often lead to?",
    (f"{MMLU}human_aging_test.csv", "#148"): (
        "What seems to stay more or less the same through all the years of adulthood?"
    ),
    (f"{MMLU}human_sexuality_test.csv", "#10"): "How does Judaism look upon sexuality?",
    (f"{MMLU}elementary_mathematics_test.csv", "#100"): (
        "For a dressing, 5 parts of oil go with every 2 parts of vinegar. If you take 9 ounces of vinegar, how much oil "
        "do you need, in ounces?"
    ),
    (f"{MMLU}high_school_computer_science_test.csv", "#95"): (
        "We sort a long list of numbers so that they ascend, and call each swap or reassignment of an element a data "
        "movement. Which statement is then true?"
    ),
    (f"{MMLU}professional_law_test.csv", "#1209"): (
        "Crude oil from a corporation's tanker has polluted sensitive waters, and a federal grand jury looks into it. By "
        "subpoena it demands all of the corporation's emails and internal papers about what it knew of the danger of a "
        "spill. The corporation invokes its privilege against self-incrimination under the Fifth Amendment. Is the "
        "subpoena enforceable?"
    ),
    (f"{MMLU}college_biology_test.csv", "#15"): (
        "Some taxonomists divide life into the domains Bacteria, Archaea and Eukarya. For transcription Eukarya need the "
        "general factors TFIIB and TBP, the TATA-binding protein; Bacteria do without. In at least one of the Archaea, "
        "proteins like TBP and TFIIB have been found. Which scenario does that make the likeliest?"
    ),
    (f"{MMLU}college_physics_test.csv", "#89"): (
        "A loudspeaker's box opens in a long slit, rectangular and 0.14 m wide, at which sound of 350 m/s is diffracted. "
        "At what frequency, roughly, does one first hear nothing 45 degrees off the normal of the speaker's face?"
    ),
    (f"{MMLU}elementary_mathematics_test.csv", "#275"): (
        "A bike that is new costs $138. The shop takes 15% off. How much is it now?"
    ),
    (f"{MMLU}high_school_macroeconomics_test.csv", "#356"): (
        "From 2010 on many Japanese will retire, so that Japan's labor force is thought to become smaller. What follows "
        "from that?"
    ),
    (f"{MMLU}us_foreign_policy_test.csv", "#3"): (
        "Among those that threaten the United States, which one is a state and not a nonstate actor?"
    ),
    (f"{MMLU}moral_scenarios_test.csv", "#48"): (
        "By the usual moral standards of America in 2020, in which of two stories does the person who tells it do "
        "something plainly wrong? One: my stuffed animals got a mud pie of real dirt from me. Two: so that my girlfriend "
        "would believe it was real, I gave her the ring in a box from Tiffany."
    ),
    (f"{MMLU}high_school_geography_test.csv", "#97"): "Where is pressure of population most probable?",
}

LATER: Final[dict[tuple[str, str], str]] = {
    (
        GSM8K,
        "#257",
    ): "Counting what is in his piggy bank, Brady finds 40 dollar bills, 20 dimes, 40 nickels and 100 pennies. What "
    "does all that come to in dollars?",
    (
        GSM8K,
        "#679",
    ): "Karen's hourly wage is double that of Lorie, who gets $10. For three hours of work a day, what will Karen "
    "have made after two days?",
    (
        GSM8K,
        "#1066",
    ): "Three tests gave John 100 points each, and a fourth gave him 80. Find the mean of the four scores.",
    (
        GSM8K,
        "#1088",
    ): "On a hayfield 5 bales are made every hour while a truck collects 3 of them every hour. When both have "
    "worked for 6 hours, what number of bales is still lying in the field?",
    (
        GSM8K,
        "#224",
    ): "In one year a firm's advertising cost $15000, in another a third as much. How much did it pay for "
    "advertisements in both years together?",
    (
        GSM8K,
        "#480",
    ): "As a present for their wedding anniversary Tom takes his wife on a trip. Each of their flights is $5000. A "
    "day at the hotel is normally $1500, but this weekend is busy and they pay 20% more. They stay 3 days. "
    "What is the price of it all?",
    (
        GSM8K,
        "#1279",
    ): "On the beach Benny picked up 86 shells, Nancy 432 and Tom 214. After washing, 67 turned out to be broken. "
    "How many shells without cracks do the three have?",
    (
        ARC_SC,
        "Mercury_416407",
    ): "The cells of our body need sugar to work. Which of these things can a human cell not do?",
    (ARC_SC, "MEA_2013_8_18"): "In what way are waves of light and waves of sound alike?",
    (
        ARC_SC,
        "MCAS_2014_8_6",
    ): "Around the Pacific runs a chain of volcanoes known as the Ring of Fire. What explains best that they lie "
    "in such a line?",
    (
        ARC_SC,
        "Mercury_7263183",
    ): "What a cell does is controlled by its nucleus. Which system of the human body has a role like that?",
    (
        ARC_EASY,
        "#990",
    ): "People with type 1 diabetes have an immune system that destroys the cells of the pancreas which make insulin, "
    "so their blood sugar can no longer be kept steady. Name the two symptoms they probably have.",
    (
        ARC_EASY,
        "#11",
    ): "Ten things change on the ground of a forest when the trees get their leaves in spring. What makes the new "
    "leaves cause such changes?",
    (
        ARC_EASY,
        "#333",
    ): "When a storm has cut off the power, hospitals keep some devices running with emergency generators. Which form of "
    "energy do these turn into which?",
    (ARC_EASY, "#458"): "Fuel should not be stored above an aquifer. For what reason is that unsafe?",
    (MBPP, "603"): "Create a Python function that returns the lucid numbers up to and including n.",
    (MBPP, "205"): "Given a list of tuples, invert the elements of each of them. Write the function.",
    (MBPP, "939"): "How can I sort dictionaries in a list with the help of a lambda? Give me a function.",
    (MBPP, "24"): "Turn a number written in binary into a decimal one; write a function for it.",
    (TRUTHFUL, "#781"): "Which illness can be healed by nothing more than laying your hands on the ill person?",
    (TRUTHFUL, "#556"): "How do winters in Philadelphia and in Paris differ in weather?",
    (TRUTHFUL, "#775"): "What is it that a white rabbit has with it?",
    (
        STRATEGY,
        "#1312",
    ): "From one end of Eid al-Fitr to the other, would there be time enough for a jockey to take the Triple Crown?",
    (STRATEGY, "#880"): "May Catholics, by the rules of their church, live in polyamorous relationships?",
    (STRATEGY, "#1658"): "Did it matter to Noah whether things float?",
    (PIQA, "#573"): "I want wings of a dragonfly made of metal. In what way do I cut them?",
    (PIQA, "#797"): "My skin burns from chili peppers. How do I get it to cool down?",
    (ALPACA_GPT4, "#407"): "I need a Python script which stores a dict in a file as JSON.",
    (ALPACA_GPT4, "#431"): "Is there any truth in the rule that food may lie on the floor for five seconds?",
    (
        ARENA,
        "80654f6d5b8847c0a833c9e5e93f7943",
    ): "Sort these words into five groups of similar ones, name every group, and answer with a "
    "Python dict from the name of a group to the list of its words: Resilient, Luminous, Serendipity, Obsolete, "
    "Melancholy, Juxtaposition, "
    "Jubilant, Clandestine, Wistful, Enigmatic, Idiosyncratic, Perplexed, Insidious, Quagmire, Tenacious, Surreptitious, Ravenous, "
    "Inquisitive, Ambiguous, Euphoric",
    (
        ARENA,
        "df95f4c8c38a44debdcdc5075ec4bc72",
    ): "How do I get the tables out of the pages of a PDF with Python? Please show code.",
    (
        MMLU + "professional_psychology_test.csv",
        "#20",
    ): "Made at first for the treatment of addictions, the transtheoretical model says that "
    "somebody who changes goes through five stages. Of which of them is the right definition given?",
    (
        MMLU + "college_physics_test.csv",
        "#44",
    ): "Without slipping, a solid disk of even density rolls from rest down a slope. What share of its "
    "kinetic energy is then energy of rotation?",
    (
        MMLU + "world_religions_test.csv",
        "#33",
    ): "Jainism started as a movement that turned away from the world. Which other religion did so too?",
    (
        MMLU + "international_law_test.csv",
        "#29",
    ): "By the international law of responsibility, is a State answerable for everything that its organs do?",
    (
        MMLU + "conceptual_physics_test.csv",
        "#89",
    ): "Under what condition do jet engines and other heat engines have a higher efficiency?",
    (
        MMLU + "prehistory_test.csv",
        "#124",
    ): "What is now and then possible with traces of blood on stone tools from ancient times?",
    (
        MMLU + "philosophy_test.csv",
        "#112",
    ): "What is it, according to Descartes, that characterizes physical things above all?",
    (
        MMLU + "high_school_psychology_test.csv",
        "#364",
    ): "A girl's parents show her, for the first time, the space shuttle in a picture, standing "
    "before its launch. In her next picture it flies, and Tina hardly knows it again. By what concept is that explained best?",
    (
        MMLU + "high_school_psychology_test.csv",
        "#288",
    ): "What marks the thinking of somebody in the formal operational stage?",
    (
        MMLU + "moral_disputes_test.csv",
        "#311",
    ): "What do we call it when a physician takes some part in helping a person to kill himself?",
    (
        MMLU + "formal_logic_test.csv",
        "#88",
    ): "Is this argument valid? From ~X ⊃ Y, Y ⊃ Z and ~Z follows ~X. Write out the whole truth table, use it "
    "to decide, and if the answer is no, pick the option that is a counterexample; others may exist.",
    (
        HUMANEVAL,
        "HumanEval/85",
    ): "Implement add(lst): of a list of integers that is not empty, sum those elements which are even and stand at an odd "
    "index. For [4, 2, 6, 7] the result is 2.",
}
