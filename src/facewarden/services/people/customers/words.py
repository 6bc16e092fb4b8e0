"""The words by which a body is known: phrases as people write them, each with what it says.

Never a list of particular customers: names of agencies and kinds of business, nothing that was leaked.

A line is `level kind: phrase | phrase`. `any` is a level that the words around must tell. Phrases are written as
`text.plain` leaves them: lower case, no dots, no apostrophes.
"""

from __future__ import annotations

GOVERNMENT = """
federal law_enforcement: fbi | federal bureau of investigation | dea | drug enforcement administration | atf
federal law_enforcement: bureau of alcohol tobacco firearms and explosives | usms | us marshals service | us marshals
federal law_enforcement: us immigration and customs enforcement | immigration and customs enforcement | hsi | usss
federal law_enforcement: homeland security investigations | us customs and border protection | cbp | us secret service
federal law_enforcement: customs and border protection | us border patrol | border patrol | secret service | ncis
federal law_enforcement: us postal inspection service | postal inspection service | uspis | irs criminal investigation
federal law_enforcement: us capitol police | us park police | federal protective service | federal bureau of prisons
federal law_enforcement: army criminal investigation division | air force office of special investigations
federal law_enforcement: naval criminal investigative service | federal air marshal service | us probation office
federal other_agency: us department of justice | department of justice us | us department of homeland security | dhs
federal other_agency: department of homeland security | us department of defense | department of defense | us army
federal other_agency: us navy | us air force | us coast guard | us department of state | us department of the treasury
federal other_agency: department of the treasury | us department of veterans affairs | department of veterans affairs
federal other_agency: us department of the interior | us department of agriculture | us department of labor | irs
federal other_agency: internal revenue service | transportation security administration | tsa
federal other_agency: office of inspector general us
federal other_agency: us department of energy | us department of education | us department of commerce
federal other_agency: social security administration | general services administration | us department of transportation
federal other_agency: us department of health and human services | bureau of indian affairs | us congress
federal prosecutor: us attorneys office | us attorney | united states attorney | united states attorneys office
federal public_defender: federal public defender | federal defender
state law_enforcement: state police | highway patrol | state patrol | state troopers | state bureau of investigation
state law_enforcement: department of corrections | fusion center | state fire marshal | department of state police
state other_agency: secretary of state | department of motor vehicles | dmv | registry of motor vehicles | state of
state other_agency: department of revenue | department of natural resources | state university | national guard
state other_agency: department of children and family services | department of financial institutions | state lottery
state other_agency: gaming board | gaming commission | gaming control board | commerce commission | tollway authority
state other_agency: board of elections | liquor control commission | department of human services
state other_agency: department of insurance | department of banking | governors office | office of the governor
state prosecutor: states attorneys appellate prosecutor
state prosecutor: attorney general | attorney generals office | office of the attorney general
any law_enforcement: police department | police dept
local law_enforcement: sheriffs office | sheriffs department | county sheriff
local law_enforcement: sheriff | police bureau | police division | division of police | bureau of police | constable
local law_enforcement: county jail | transit police | school police | nypd | lapd | constables office | metro police
local law_enforcement: department of public safety police | village police | park police | city police | county police
any law_enforcement: police | department of public safety | public safety | bureau of investigation
any law_enforcement: police force | police service
any law_enforcement: law enforcement | marshals office | crime laboratory | parole board | drug task force
local prosecutor: district attorney | district attorneys office | states attorney | states attorneys office
local prosecutor: county attorney | county attorneys office | prosecuting attorney | city attorney | county prosecutor
local prosecutor: commonwealths attorney | prosecuting attorneys office | city attorneys office | prosecutors office
defender public_defender: public defender | public defenders office | public defenders | public defense
local other_agency: city of | village of | town of | county of | township of | borough of | city hall | town hall
local other_agency: school district | public schools | transit authority | housing authority | port authority
local other_agency: park district | fire department | fire district | public library | county clerk | city council
local other_agency: department of public works | county board | municipal court | airport authority
local other_agency: county health department | township | forest preserve | conservation district
local law_enforcement: new york police department
any other_agency: inspector general
local other_agency: county government | city government | municipality of | water district | community college district
tribal law_enforcement: tribal police | tribal police department | nation police | nation police department
tribal law_enforcement: nation marshal service | nation marshals service
tribal other_agency: tribe of | tribal council | tribal government | tribal nation
foreign law_enforcement: royal canadian mounted police | rcmp | ontario provincial police | surete du quebec
foreign law_enforcement: policia nacional | policia federal | polizei | bundespolizei | landespolizei | police nationale
foreign law_enforcement: gendarmerie | carabinieri | polizia di stato | polisen | politi | guardia civil
foreign law_enforcement: national police
foreign law_enforcement: metropolitan police service | australian federal police | police scotland | federale politie
foreign law_enforcement: constabulary | national crime agency | bundeskriminalamt | politie | policija | policja
foreign other_agency: ministry of | ministere de | ministere de la | ministerio de | ministerio del | ministerium
foreign other_agency: bundesministerium | ministero | ministerie van | ministerstvo | ministerstwo | innenministerium
any other_agency: department of | government of | government | department of health | department of transportation
"""

PRIVATE = """
financial_institution: bank | bancorp | banking | credit union | savings | savings and loan | bank and trust | banc
financial_institution: trust company | mortgage | financial group | financial services | investments | capital
financial_institution: wealth management | brokerage | securities | bankshares | fcu | financial corp
company: inc | incorporated | llc | corp | corporation | ltd | limited | llp | lp | gmbh | ag | plc | sa | srl | bv
company: pty ltd
company: company | stores | store | shop | shops | mall | casino | resort | resorts | hotel | hotels | supermarket
company: supermarkets | pharmacy | pharmacies | restaurant | restaurants | grill | diner | fitness | gym | salon
company: boutique
company: ventures | holdings | partners | outfitters | grocery | groceries | market | markets | liquors | hardware
company: electronics | jewelers | motors | auto group | dealership | insurance | realty | properties | logistics
company: airlines | railroad | railway | amtrak
company: technologies | software | systems | solutions | consulting | security services | security group
company: investigations llc
company: private investigators | detective agency | law firm | attorneys at law | law offices | arena | sports club
company: basketball club | entertainment | gaming | theaters | theatres | cinemas | supply | supplies | equipment
company: sporting goods | department store | department stores | convenience | foods | brewing | telecom | wireless
company: cable
company: utilities | energy partners | petroleum | manufacturing | works | industries | express | couriers | rentals
company: fraternal order of police | benevolent association | police foundation | police union | police association
company: patrolmens association | sheriffs association | chamber of commerce | foundation | museum | church | ministries
company: tool works | steel | toys | fashions | furniture | retail group | discount | department stores inc | outlet
company: kaufhaus
company: neighborhood watch | homeowners association | condominium | apartments | property management
"""

SCHOOLS = """
academy | college | university | preparatory school | high school | middle school | elementary school
school | seminary
"""
"""Schools that are neither plainly public nor plainly private by their names: another column must tell."""

TYPES = """
government federal -: federal government | federal agency | federal | us government | us federal | fed gov | military
government federal law_enforcement: federal law enforcement
government state -: state government | state agency | state gov | government state
government state law_enforcement: state law enforcement
government local -: local government | municipal | municipality | county government | city government | local gov
government local law_enforcement: local law enforcement | local police | municipal police | sheriff | city police
government tribal -: tribal | tribal government
government foreign -: foreign government | foreign | international government | foreign ministry
government foreign law_enforcement: foreign police
government - law_enforcement: law enforcement | police | le | leo | law enforcement agency | public safety | lea
government - prosecutor: prosecutor | prosecution | district attorney
government defender public_defender: public defender | defender
government - other_agency: government agency | public agency
government - -: government | gov | govt | public sector | public | public school | public university
government local other_agency: public school district | k12 public | school district
private - financial_institution: bank | banking | financial | financial services | financial institution | finance
private - financial_institution: credit union | glba bank | fintech
private - school: private school | private university | private college
private - company: retail | retailer | commercial | company | private | private company | business | corporate
private - company: enterprise
private - company: private security | hospitality | casino | gaming | entertainment | technology | telecom | insurance
private - company: healthcare private | real estate | sports | nonprofit | non profit | ngo | law firm | smb
private - company: shop | store | fitness | health club | restaurant | airline | manufacturing | pharmacy | grocery
private - company: hotel | venue | sports team | stadium | shipping | construction | pawn shop
private - company: private sector | retail store | corporation | private business | loss prevention | media | energy
private - company: supermarket | hotels | arena | gym | gyms | security services | security company | security firm
private - company: property management | telecommunications | software | startup | start up | cryptocurrency
private - company: e commerce | ecommerce | pharmaceutical | pharmaceuticals | consulting | consultancy | food service
private - company: auto dealer | car dealer | wholesale | wholesaler | shopping mall | merchant | ticketing
private - company: warehouse club | department store | trade association | oil and gas
private - financial_institution: venture capital | investments | investment firm | hedge fund | private equity
private - financial_institution: mortgage | brokerage
government local law_enforcement: sheriffs office | sheriffs department | county sheriffs office
government - prosecutor: das office | district attorneys office | prosecutors office
government - law_enforcement: corrections | fusion center
government state prosecutor: attorney general | attorney generals office
government - other_agency: fire department | public body
individual - -: individual | private person | person | consumer | personal | private individual | personal account
individual - -: private citizen | individual user | freelancer | hobbyist
"""

TYPES_ALONE = """
private - company: security | pi | investigations | legal | tech | crypto | pharma | corp | charity | foundation | oil
private - company: logistics | news | event | events | mall | association | union | religious | church | publisher
private - financial_institution: investment | payments
government - prosecutor: da
government - law_enforcement: intelligence | intelligence agency
government - other_agency: court | courts | regulator
individual - -: citizen | self | investor | freelance
"""
"""Types that say something alone and nothing beside other words: security is a business, homeland security none."""

LEVELS = "federal | state | local | county | city | municipal | town | village"
"""What a type column may say of a government by its level alone."""

STATES = """
alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana
iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska
nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania
rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington|west virginia|wisconsin
wyoming|district of columbia
"""
"""The states of the USA by their full names."""

STATE_WORDS = """
AL ala|AZ ariz|AR ark|CA calif cal|CO colo|CT conn|DE del|FL fla|GA ga|IL ill ills|IN ind|KS kan kans|KY ky|LA la|MD md
MA mass|MI mich|MN minn|MS miss|MO mo|MT mont|NE neb nebr|NV nev|NH nh|NJ nj|NM nm nmex|NY ny|NC nc|ND nd ndak|OK okla
OR ore oreg|PA pa penn penna|RI ri|SC sc|SD sd sdak|TN tenn|TX tex|VT vt|VA va|WA wash|WV wva|WI wis wisc|WY wyo|DC dc
"""
"""Abbreviations of states beside the two letters of the post, as newspapers and older people write them."""

CITIES = """
IL chicago|IL naperville|IL joliet|IL schaumburg|IL waukegan|IL skokie|IL rockford|IL dupage county|IL champaign
IL dupage
CA los angeles|CA san francisco|CA san diego|CA sacramento|CA oakland|TX houston|TX dallas|TX san antonio|TX austin
NY new york city|NY nypd|CA lapd|WA seattle|MA boston|PA philadelphia|PA pittsburgh|FL miami|FL tampa|FL orlando
MI detroit|GA atlanta|CO denver|MN minneapolis|WI milwaukee|IN indianapolis|MD baltimore|NV las vegas|LA new orleans
NY new york|DC washington dc
HI honolulu|AZ phoenix|AZ tucson|TN memphis|TN nashville|OH cincinnati|OH cleveland|UT salt lake city|NE omaha
"""
"""Cities whose bare name says the state to any reader. A name that states share (Springfield, Aurora) is not here."""

EXPANSIONS = """
dept department|depts departments|dep department|pd police department|so sheriffs office|univ university|natl national
govt government|gov government|ofc office|atty attorney|gen general|hwy highway|intl international|min ministry
cnty county|cty county|twp township|sch school|dist district|admin administration|enf enforcement|svc service
svcs services
bur bureau|div division|pol police|bk bank|cu credit union|assoc association|corr corrections|sec secretary
usa us|fed federal
"""
"""Short forms of whole words, undone before anything is compared."""
