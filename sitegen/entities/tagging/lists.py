"""General knowledge about names in English text: small, hand-written, the same for every archive.

Lists of *cities* are left out on purpose: teams, papers and people are named after them, and they did more harm than
good when measured.
"""

from __future__ import annotations


def _lines(block: str) -> frozenset[str]:
    return frozenset(name for line in block.splitlines() for name in (part.strip() for part in line.split(",")) if name)


COUNTRIES = _lines("""
    Afghanistan, Albania, Algeria, Andorra, Angola, Antigua and Barbuda, Argentina, Armenia, Australia, Austria
    Azerbaijan, Bahamas, Bahrain, Bangladesh, Barbados, Belarus, Belgium, Belize, Benin, Bhutan, Bolivia
    Bosnia and Herzegovina, Bosnia-Herzegovina, Bosnia, Botswana, Brazil, Britain, Great Britain, Brunei, Bulgaria
    Burkina Faso, Burma, Burundi, Cambodia, Cameroon, Canada, Cape Verde, Central African Republic, Chad, Chile
    China, Colombia, Comoros, Congo, Costa Rica, Croatia, Cuba, Cyprus, Czech Republic, Czechia, Czechoslovakia
    Democratic Republic of the Congo, Democratic Republic of Congo, Denmark, Djibouti, Dominica, Dominican Republic
    East Timor, Ecuador, Egypt, El Salvador, England, Equatorial Guinea, Eritrea, Estonia, Eswatini, Ethiopia, Fiji
    Finland, France, Gabon, Gambia, Georgia, Germany, East Germany, West Germany, Ghana, Greece, Greenland, Grenada
    Guatemala, Guinea, Guinea-Bissau, Guyana, Haiti, Honduras, Hong Kong, Hungary, Iceland, India, Indonesia, Iran
    Iraq, Ireland, Northern Ireland, Israel, Italy, Ivory Coast, Côte d'Ivoire, Jamaica, Japan, Jordan, Kazakhstan
    Kenya, Kiribati, Kosovo, Kuwait, Kyrgyzstan, Laos, Latvia, Lebanon, Lesotho, Liberia, Libya, Liechtenstein
    Lithuania, Luxembourg, Macau, Macedonia, North Macedonia, Madagascar, Malawi, Malaysia, Maldives, Mali, Malta
    Marshall Islands, Mauritania, Mauritius, Mexico, Micronesia, Moldova, Monaco, Mongolia, Montenegro, Morocco
    Mozambique, Myanmar, Namibia, Nauru, Nepal, Netherlands, New Zealand, Nicaragua, Niger, Nigeria, North Korea
    Norway, Oman, Pakistan, Palau, Palestine, Panama, Papua New Guinea, Paraguay, Peru, Philippines, Poland
    Portugal, Puerto Rico, Qatar, Romania, Russia, Rwanda, Saint Lucia, Samoa, San Marino, Saudi Arabia, Scotland
    Senegal, Serbia, Seychelles, Sierra Leone, Singapore, Slovakia, Slovenia, Solomon Islands, Somalia, Somaliland
    South Africa, South Korea, South Sudan, Soviet Union, USSR, Spain, Sri Lanka, Sudan, Suriname, Swaziland, Sweden
    Switzerland, Syria, Taiwan, Tajikistan, Tanzania, Thailand, Tibet, Timor-Leste, Togo, Tonga, Trinidad and Tobago
    Tunisia, Turkey, Türkiye, Turkmenistan, Tuvalu, Uganda, Ukraine, United Arab Emirates, UAE, United Kingdom, UK
    U.K., United States, United States of America, USA, U.S.A., US, U.S., Uruguay, Uzbekistan, Vanuatu, Vatican City
    Venezuela, Vietnam, Wales, Yemen, Yugoslavia, Zambia, Zimbabwe
""")

REGIONS = _lines("""
    Africa, North Africa, West Africa, East Africa, Southern Africa, Antarctica, Asia, Central Asia, South Asia
    Southeast Asia, East Asia, Australasia, Balkans, Caribbean, Caucasus, Central America, Crimea, Europe
    Eastern Europe, Western Europe, Latin America, Mediterranean, Middle East, North America, Oceania, Scandinavia
    Siberia, South America, Gaza, Gaza Strip, West Bank, Golan Heights, Kashmir, Kurdistan, Chechnya, Catalonia
    Bavaria, Darfur, Donbas, Quebec, Ontario, British Columbia, Alberta, Manitoba, Saskatchewan, Nova Scotia
    New Brunswick, Newfoundland, New South Wales, Queensland, Tasmania, Western Australia, South Australia
""")

STATES = _lines("""
    Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Hawaii, Idaho
    Illinois, Indiana, Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts, Michigan, Minnesota
    Mississippi, Missouri, Montana, Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, New York
    North Carolina, North Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina, South Dakota
    Tennessee, Texas, Utah, Vermont, Virginia, West Virginia, Wisconsin, Wyoming
""")

PLACES = COUNTRIES | REGIONS | STATES

SHARED_NAMES = _lines("""
    Chad, Georgia, Jordan, Niger, Guinea, Congo, Cuba, Dominica, Israel, Kenya, India, China, Chile, Turkey
    Virginia, Montana, Dakota, Carolina, Washington, Delaware, Maine, Ireland, England, France, Holland, Wales
    Benin, Mali, Victoria, Alberta, Florida, Paraguay, Grenada, Samoa, US, America, Asia, Britain, Indiana
    Tennessee, New York, Mediterranean, Oregon, Texas, Colorado, Nevada
""")
"""Places that are also people's names, words or the first word of teams: a name in the text may override the list."""

ORGANIZATIONS = _lines("""
    African Union, Al Qaeda, Al-Qaeda, al-Qaeda, al Qaeda, Al Jazeera, Amnesty International, Arab League, ASEAN
    Associated Press, BBC, Boko Haram, CBS, CIA, CNN, Commonwealth of Nations, Council of Europe, DHS, ECOWAS, EPA
    European Central Bank, European Commission, European Council, European Court of Human Rights
    European Parliament, European Union, EU, FAA, FBI, FDA, Federal Reserve, FEMA, FIFA, Greenpeace, Hamas
    Hezbollah, Human Rights Watch, IAEA, IDF, IMF, International Atomic Energy Agency
    International Court of Justice, International Criminal Court, International Monetary Fund, Interpol, IRS, ISIL
    ISIS, Islamic State, Knesset, Médecins Sans Frontières, NASA, NATO, NBC, Oxfam, OAS, OECD, OPEC, OSCE
    Palestine Liberation Organization, PLO, Red Crescent, Red Cross, Reuters, Taliban, UEFA, UN, U.N.
    UN General Assembly, UN Human Rights Council, UN Security Council, UNESCO, UNHCR, UNICEF, United Nations
    United Nations General Assembly, United Nations Security Council, UNRWA, USAID, World Bank, World Food Programme
    World Health Organization, World Trade Organization, WTO
""")
"""About a hundred bodies that world news names so often that no model should miss them."""

DEMONYMS = _lines("""
    Afghan, African, Albanian, Algerian, American, Angolan, Arab, Arabic, Argentine, Argentinian, Armenian, Asian
    Australian, Austrian, Azerbaijani, Azeri, Bahraini, Bangladeshi, Basque, Belarusian, Belgian, Bengali, Bolivian
    Bosnian, Brazilian, British, Bulgarian, Burmese, Burundian, Cambodian, Cameroonian, Canadian, Catalan, Caucasian
    Chadian, Chechen, Chilean, Chinese, Colombian, Congolese, Croat, Croatian, Cuban, Cypriot, Czech, Dane, Danish
    Dutch, Ecuadorian, Egyptian, Emirati, English, Eritrean, Estonian, Ethiopian, European, Fijian, Filipino, Finn
    Finnish, French, Frenchman, Gambian, Gazan, Georgian, German, Ghanaian, Greek, Guatemalan, Guinean, Haitian
    Hispanic, Honduran, Hungarian, Icelandic, Indian, Indonesian, Iranian, Iraqi, Irish, Israeli, Italian, Ivorian
    Jamaican, Japanese, Jordanian, Kashmiri, Kazakh, Kenyan, Korean, Kosovar, Kurd, Kurdish, Kuwaiti, Kyrgyz, Lao
    Laotian, Latin, Latino, Latvian, Lebanese, Liberian, Libyan, Lithuanian, Macedonian, Malagasy, Malawian
    Malaysian, Malian, Maltese, Mauritanian, Mexican, Moldovan, Mongolian, Montenegrin, Moroccan, Mozambican
    Namibian, Nepalese, Nepali, Nicaraguan, Nigerian, Nigerien, Norwegian, Omani, Pakistani, Palestinian, Panamanian
    Paraguayan, Persian, Peruvian, Pole, Polish, Portuguese, Qatari, Romanian, Russian, Rwandan, Salvadoran, Saudi
    Scot, Scottish, Senegalese, Serb, Serbian, Singaporean, Slovak, Slovene, Slovenian, Somali, Soviet, Spaniard
    Spanish, Sudanese, Swede, Swedish, Swiss, Syrian, Taiwanese, Tajik, Tanzanian, Thai, Tibetan, Togolese, Tunisian
    Turk, Turkish, Turkmen, Ugandan, Ukrainian, Uruguayan, Uyghur, Uighur, Uzbek, Venezuelan, Vietnamese, Welsh
    Yemeni, Zambian, Zimbabwean, Californian, Texan, Londoner, Parisian, Catholic, Christian, Protestant, Muslim
    Moslem, Jew, Jewish, Islamic, Islamist, Hindu, Sikh, Buddhist, Shia, Shiite, Shi'ite, Sunni, Mormon, Orthodox
    Evangelical, Anglican, Communist, Socialist, Marxist, Nazi, Republican, Democrat, Democratic, Zionist, Western
    Westerner, Northern, Southern, Eastern, Israelite, Roman, Greek Cypriot, Turkish Cypriot, South African
    North Korean, South Korean, Saudi Arabian, Sri Lankan, New Zealander, Sierra Leonean, Afro-American
    African-American, African American, Native American, Asian American, South American, Latin American
    North American, Central American, West African, Houthi, Rohingya, Hutu, Tutsi, Pashtun, Tamil, Sinhalese, Yazidi
    Druze, Alawite, Berber, Maori
""")

PEOPLES = DEMONYMS | frozenset(name + "s" for name in DEMONYMS if not name.endswith(("s", "ish", "ese", "ch")))
"""Peoples, faiths and adjectives of nationality: capitalised, but none of the three kinds when they stand alone."""

CALENDAR = _lines("""
    January, February, March, April, May, June, July, August, September, October, November, December, Jan, Feb, Mar
    Apr, Jun, Jul, Aug, Sep, Sept, Oct, Nov, Dec, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday
    Mon, Tue, Tues, Wed, Thu, Thur, Thurs, Fri, Sat, Sun, Christmas, Easter, Ramadan, Eid, Passover, Hanukkah
    Thanksgiving, Halloween, Diwali, AM, PM, GMT, UTC, EST, EDT, PST, PDT, Today, Yesterday, Tomorrow
""")

HONORIFICS = _lines("""
    Mr, Mrs, Ms, Miss, Mx, Dr, Prof, Sir, Dame, Lord, Lady, Rev, Reverend, Fr, Father, Sister, Brother, Hon
    Honorable, Honourable, Madam, Madame, Monsieur, Mme, Mlle, Herr, Frau, Señor, Señora, Don, Doña, Sheikh, Sheik
    Shaikh, Imam, Ayatollah, Mullah, Rabbi, Swami, Sri, Shri, Saint, Capt, Captain, Col, Colonel, Cmdr, Commander
    Corporal, Cpl, Gen, General, Lt, Lieutenant, Maj, Major, Pvt, Private, Sgt, Sergeant, Adm, Admiral, Brig
    Brigadier, Marshal, Gov, Governor, Rep, Representative, Sen, Senator, Congressman, Congresswoman, Del, Delegate
    President, Vice-President, Vice, Deputy, Prime, Premier, Chancellor, Minister, Secretary, Undersecretary
    Ambassador, Attorney, Judge, Justice, Chief, Mayor, Councilman, Councilwoman, Councillor, Councilmember, Sheriff
    Officer, Detective, Inspector, Superintendent, Constable, Trooper, Chairman, Chairwoman, Chairperson, Chair, CEO
    CFO, Director, Professor, Doctor, Coach, King, Queen, Prince, Princess, Emperor, Empress, Duke, Duchess, Earl
    Count, Countess, Baron, Baroness, Crown, Sultan, Emir, Pope, Cardinal, Archbishop, Bishop, Pastor, Speaker
    Leader, Spokesman, Spokeswoman, Spokesperson, MP, MEP, Lawmaker, Opposition, Former, Ex-President, Staff
    Supreme, Senior, Acting, Foreign, Defense, Defence, Finance, Interior, Health, Education, Trade, Energy
    Secretary-General, Whip, Ranking, Member, Comrade, Vice-Chairman, Coordinator, Commissioner, Administrator
    Treasurer, Analyst, Attorney-General, Economist, Author, Datuk, Dato, Dato', Seri, Alhaji, Hajia, Haji, Otunba, Engr
    Barrister, Maulana, Mufti, Pandit, Smt, Thiru, Msgr, Monsignor, Patriarch, Deacon, Inspector-General
    Director-General, Major-General, Brigadier-General, Lieutenant-General, Lieutenant-Colonel, Vice-Admiral
    Rear-Admiral, Rear, Air, Wing, Squadron, Flight, Commodore, Taoiseach, Astronaut, Cosmonaut, Actor, Actress, Singer
    Prosecutor, Solicitor, Registrar, Ombudsman, Emeritus, Goalkeeper, Striker, Midfielder, Skipper, Violinist
    Engineer, Researcher, Reporter, Journalist, Activist, Lawyer, Photographer, Assistant, Associate, Police
""")
"""Words that stand before a person's name without being part of it. `Foreign` and the like only before `Minister`."""

ROLE_WORDS = _lines("""
    Foreign, Defense, Defence, Finance, Interior, Health, Education, Trade, Energy, Prime, Vice, Deputy, Crown, Supreme
    Opposition, Senior, Acting, Former, Ranking, Staff, Attorney, Chief, Rear, Air, Wing, Squadron, Flight, Solicitor
    Assistant, Associate, Police
""")
"""Honorifics that are one only together with another one."""

TITLES_AFTER = frozenset(
    {
        "QC",
        "KC",
        "MP",
        "MPs",
        "MEP",
        "PhD",
        "Ph.D.",
        "MD",
        "M.D.",
        "Esq",
        "CBE",
        "OBE",
        "MBE",
    }
)
"""Letters after a person's name that are no part of it."""

NEVER_NAMES = _lines("""
    I, A, An, The, This, That, These, Those, He, She, It, We, You, They, His, Her, Its, Our, Your, Their, My, Me
    Him, Them, Who, What, When, Where, Why, How, Which, But, And, Or, If, In, On, At, By, For, From, To, Of, As
    With, About, After, Before, Also, Although, Because, Both, During, Each, Even, Every, Here, However, Instead
    Just, Many, Meanwhile, More, Moreover, Most, Much, No, Not, Now, Once, One, Only, Other, Others, Over, Part
    People, Perhaps, Since, So, Some, Still, Such, Then, There, Though, Through, Thus, Two, Three, Four, Five, Ten
    Under, Until, Up, Was, Were, While, Yes, Yet, Is, Are, Do, Did, Does, Has, Have, Had, Can, Could, Will, Would
    Should, Shall, May, Might, Must, Let, All, Any, Another, Being, Between, Despite, Following, Further
    Furthermore, Given, Like, New, Photo, Image, File, Internet, Web, Covid, COVID-19, COVID, Coronavirus, AIDS, HIV
    DNA, TV, CEO, PhD, OK, Bible, Koran, Quran, God, Allah, English, Email, Twitter.com, Click, Read, Share, Source
    Sources, Section, Chapter, Article, Act, Bill, Page, Note, Congressman, Congresswoman, Senator, Minister
    President, State, Nation, World, Government, Ministry, Earth, Mr, Mrs, Ms, Dr, Rep, Sen, Gov, Pm, Ceo, Ad, Bc
    Ph.D., Democrats, Republicans, Wi-Fi, Nobel, Olympic, Olympics, LGBT, LGBTQ, Brexit, Labour Day, Bastille Day, NGO
    NGOs, GMT, IST, BST, CET, IT, FM, GPS, UFO, Splashdown, Meanwhile
""")
"""Capitalised words that are no name of a person, organisation or place when they stand alone."""

ORGANIZATION_WORDS = _lines("""
    Academy, Administration, Agency, Airlines, Airways, Alliance, Army, Assembly, Association, Authority, Bank
    Board, Brigade, Brigades, Broadcasting, Bureau, Cabinet, Center, Centre, Chamber, Church, Club, Co, Coalition
    College, Commission, Committee, Company, Confederation, Conference, Congress, Corp, Corporation, Corps, Council
    Court, Department, Directorate, Faculty, FC, Federation, Force, Forces, Forum, Foundation, Front, Fund, Group
    Guard, Guards, Guild, Herald, Holdings, Hospital, House, Inc, Industries, Institute, Institution, International
    Journal, League, LLC, Ltd, Ministry, Mission, Mosque, Museum, Navy, Network, News, Observer, Office
    Organisation, Organization, Parliament, Party, PLC, Police, Politburo, Post, Press, Program, Programme, School
    Secretariat, Senate, Service, Services, Society, Squad, Syndicate, Team, Telegraph, Times, Tribunal, Tribune
    Trust, Union, United, Unit, University, Workers
""")
"""Words that, as the head of a capitalised phrase, make it an organisation."""

ORGANIZATION_CUES = _lines("""
    airline, broadcaster, brewer, carmaker, channel, charity, club, company, daily, firm, group, insurer, magazine
    militia, newspaper, newswire, outlet, party, retailer, tabloid, watchdog, website, weekly
""")
"""Common nouns right after which a name is that of an organisation (`the newspaper X`)."""

WORK_WORDS = _lines("""
    Accord, Accords, Act, Agreement, Amendment, Award, Awards, Bill, Championship, Championships, Constitution, Credit
    Cup, Day, Declaration, Games, Grants, Law, Marathon, Medal, Month, Order, Plan, Prize, Protocol, Resolution, Treaty
    Trophy, War, Wars, Week
""")
"""Words that, as the head of a capitalised phrase, make it a document, an event or a prize: none of the three kinds."""

PLACE_WORDS = _lines("""
    Airport, Avenue, Bay, Beach, Border, Bridge, Canal, Cape, City, Coast, County, Creek, Desert, District, Falls
    Forest, Gulf, Heights, Hill, Hills, Island, Islands, Lake, Mountain, Mountains, Ocean, Park, Peninsula, Plaza
    Port, Province, Region, River, Road, Sea, Square, Station, Strait, Street, Strip, Township, Valley, Village
""")
"""Words that, as the head of a capitalised phrase, make it a place."""

STATES_OF_BODIES = frozenset({"United States", "US", "U.S.", "United Kingdom", "UK", "U.K."})

STATE_BODIES = _lines("""
    Air, Army, Attorney, Bureau, Census, Citizenship, Coast, Congress, Court, Customs, Department, District, Embassy
    Federal, Fish, Food, Forest, Geological, Government, House, Marine, Marines, Marshals, Mint, National, Navy
    Parliament, Patent, Postal, Secret, Securities, Senate, Supreme, Trade, Treasury
""")
"""First words of bodies of a state whose name may begin with the country's."""
