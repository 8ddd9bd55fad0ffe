"""English words that the rules know, by what they are a sign of. From Austen's six novels; they hold for her century."""

from typing import Final


def _each(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TITLES: Final = _each(
    """Mr Mrs Dr Miss Lady Sir Lord Colonel Captain Admiral Madame Monsieur General Major Doctor Master Count Countess
    Prince Princess Baron Baroness Duke Duchess Father Sister Brother Aunt Uncle Mademoiselle Madam Dame Squire Reverend"""
)
FEMALE_TITLES: Final = _each(
    "Mrs Miss Lady Madame Madam Mademoiselle Countess Princess Baroness Duchess Sister Aunt Dame"
)
NO_NAMES: Final = _each(
    """God Heaven Heavens Lord English French London Christmas Easter Michaelmas Monday Tuesday Wednesday Thursday Friday
    Saturday Sunday January February March April May June July August September October November December Sir Madam Miss Mr
    Mrs Papa Mama Oh Ah Chapter Volume Letter St Everybody Nobody Somebody"""
)
"""Capitalised, and nobody."""
SAYING: Final = _each(
    """said replied cried answered returned observed exclaimed added continued repeated whispered asked remarked rejoined
    resumed declared interrupted inquired enquired protested muttered murmured called"""
)

TRAITS: Final = _each(
    """sensible handsome clever amiable proud silly ignorant vain plain pretty tall elegant fashionable agreeable
    disagreeable pleasant gentlemanlike good-humoured good-natured ill-tempered lively unaffected affable haughty reserved
    fastidious intelligent foolish pompous obsequious indolent stout fine-looking well-bred well-looking lovely beautiful
    charming dignified conceited humble civil formal stately odd mean vulgar gentle mild sweet shy awkward selfish generous
    honest idle artful cold warm-hearted cheerful studious graceful rich poor wealthy respectable accomplished genteel
    eloquent slender dark sickly cross insignificant talkative impertinent modest delicate kind benevolent domestic quick
    young old discontented captious weak strong-minded simple placid liberal prudent imprudent extravagant impetuous youngest
    eldest widow attorney clergyman housekeeper heiress character understanding temper manners disposition countenance
    features figure person air complexion education caprice humour reserve talents beauty accent address"""
)
"""Words of a portrait: what somebody is like."""
SITES: Final = _each(
    """house park garden gardens room rooms window windows lawn wood woods stream building furniture hill valley river bank
    road lane village parsonage parlour drawing-room dining-parlour gallery staircase prospect trees grove shrubbery grounds
    situation stone church cottage farm sea cliff cliffs street streets abbey hall chimney paling avenue bridge meadows"""
)
"""Words of a description: what a place is made of."""
MOVED: Final = _each(
    """surprised astonished vexed pleased delighted mortified disappointed amazed distressed embarrassed shocked disconcerted
    flattered charmed provoked struck alarmed offended puzzled agitated perplexed touched gratified affronted disturbed"""
)
"""Something surprised her: the question is "What surprised …?"."""
MINDED: Final = {
    "of": _each("ashamed afraid convinced certain sensible proud jealous conscious fond"),
    "about": _each(
        "angry sorry glad anxious curious happy unhappy uneasy indignant concerned eager impatient grateful"
    ),
    "to do": _each("determined resolved"),
}
"""She was ashamed: the question is "What was she ashamed of?"."""
THOUGHT: Final = {
    "felt": "feel", "thought": "think", "wondered": "wonder", "feared": "fear", "hoped": "hope", "believed": "believe",
    "reflected": "reflect", "dreaded": "dread", "perceived": "perceive", "resolved": "resolve", "saw": "see",
    "found": "find", "longed": "long to do", "expected": "expect", "remembered": "remember", "knew": "know",
    "determined": "determine",
}  # fmt: skip
IRREGULAR: Final = _each(
    """went came saw took found began sat stood made gave told kept felt thought knew left heard wrote read ran spoke rose met"""
)
"""Past tenses without -ed."""

ABSTRACT: Final = _each(
    """pride love marriage money fortune wealth beauty dancing music poetry reserve wit folly virtue vice prejudice taste
    conceit reading matrimony inheritance jealousy envy grief anger courage disgrace books accomplishments nerves balls
    officers elopement religion faith death travelling novels rank poverty flattery secrecy temper justice mercy sympathy
    economy melancholy cowardice conscience regret shame despair happiness misery comfort luxury honour valour ardour candour
    splendour vigour rigour friendship courtship hardship resentment contentment amusement astonishment excitement enjoyment
    judgment punishment disappointment encouragement amazement refinement embarrassment affection ambition education
    imagination admiration inclination reputation conversation resolution discretion temptation perfection elevation
    civilization impertinence patience indifference confidence prudence insolence innocence benevolence abhorrence diffidence
    indulgence experience influence obedience eloquence intelligence independence preference correspondence resistance
    repentance ignorance elegance arrogance extravagance perseverance forbearance remembrance repugnance reluctance"""
)
"""Nouns that need no article; others are known by their endings."""
NO_TOPICS: Final = _each(
    """witness business city vicinity necessity opportunity possibility probability quantity majority community entity
    security quality pity capacity opacity acquaintance variety anxiety society nobility university eternity facility ability
    deity equality likelihood latitude identity inequality multitude attitude altitude magnitude"""
)
"""Words with those endings that say little, or need an article."""
DULL: Final = _each(
    """same other others former latter first last least most more less rest next whole little great thing things something
    nothing anything everything which what whom whose them they himself herself themselves itself yourself present best worst
    subject manner moment time times point sort kind part case word words answer reply day days morning evening night hour
    hours minute minutes week year years half number side hand hands head face eyes way place means matter good long very
    such much many till then there here this that these those with from have been were being will shall would could should
    must might doubt fact mind heart idea degree sake want general particular contrary course mean once only even ever never
    always often rather quite almost instant while world speech question man woman lady gentleman person people girl father
    mother sister sisters daughter daughters brother wife husband aunt uncle cousin niece friend friends companion party
    family young ladies gentlemen truth opinion favour effect end use reason cause thought conversation deal look tone voice
    smile chief perverseness mischance scene tall large small fine view body note strength share kingdom away business turn
    form conclusion beginning size
    description information being addition variety back home down round together necessity concern room door house story"""
)
"""What a noun phrase must not end with to be a topic."""
TRIFLES: Final = _each("eyes eye hand head face name arm side voice first last")
"""What somebody has that no narrator tells much about."""
