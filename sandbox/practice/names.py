"""Invented people and words for synthetic practices; every name can be written in windows-1252 unless said
otherwise.
"""

from __future__ import annotations

GIVEN = """
Ada Aaron Alice Amélie André Anne-Marie Antonio Beatriz Ben Björn Carla Chloé Clara Daniel Diego Dmitri Eileen
Élodie Emma Eric Fatima Felix Finn Françoise George Grace Hana Hugo Inés Iris Ivan Jack Jean-Luc Joan José
Julia Jürgen Karen Kofi Laura Leo Lina Luca Lucía Maeve Marco María Mateo Mia Mohamed Nadia Nina Noah Olga
Oscar Paula Pedro Priya Rafael Renée Rosa Ruth Sam Sean Siobhán Sofía Søren Tara Theo Tomás Ursula Vera Victor
Wei Willa Xavier Yara Yusuf Zoë
""".split()

FAMILY = """
Abbott Adeyemi Alvarez Andersson Baker Becker Benoît Bishop Björk Brown Castillo Chang Cohen D'Angelo D'Souza
Dubois Edwards Fischer Flores Foster García Gómez Haddad Hansen Hernández Hughes Ibáñez Ivanov Jackson
Jørgensen Kaplan Kim King-O'Hara Klein Kowalski Larsen Lee Lopez-Reyes Maças Martin McKay Meyer Mills Muñoz
Müller Nakamura Nguyen Núñez O'Brien O'Connor O'Neil Okafor Olsen Østberg Parker Patel Pérez Quinn Ramos Reyes
Rossi Šimic Schäfer Silva Singh Smith Smith-Jones St.John Stone Tanaka Thompson Torres Underwood Vandenberg
Vargas Wagner Walker Weiß White Yilmaz Young Žukov
""".split()

WIDE = ("Łukasz", "Đặng", "Ковалёв", "王小明", "Şahin")
"""Names that windows-1252 cannot hold; for Open Dental only."""

STREETS = (
    "Oak Street",
    "Maple Ave",
    "1st Street",
    "Lake Shore Drive",
    "Calle Ocho",
    "Mill Road",
    "Church Lane",
    "Elm Ct",
)
CITIES = (("Springfield", "NY", "10001"), ("Rivertown", "NY", "10707"), ("Lakeview", "NJ", "07030-1234"))
SUITES = ("", "", "", "Apt 2B", "Suite 400", "#7")

NOTES = (
    "",
    "",
    "",
    "prefers mornings",
    "Running late, will call\r\nfrom the road",
    "needs translator (español)",
    "premed: check chart; mother pays at the desk",
    "  asked for Dr. first name basis  ",
    "don't reschedule before June – see letter",
)

VISITS = (
    ("Check-up", 30),
    ("Cleaning", 50),
    ("New patient visit", 80),
    ("Filling", 60),
    ("Crown, first sitting", 90),
    ("Emergency", 30),
    ("Consultation", 0),
    ("Old kind of visit", 20),
)

WORK = (
    ("Office visit", 6500),
    ("Cleaning, adult", 9800),
    ("Cleaning, child", 7200),
    ("Picture, small", 3100),
    ("Picture, full set", 14500),
    ("Filling, one side", 15900),
    ("Filling, two sides", 20050),
    ("Crown", 112500),
    ("Root work", 98700),
    ("Guard", 45000),
    ("Whitening", 29999),
    ("Missed visit fee", 5000),
)
"""Invented names of procedures with a usual fee in cents; their codes are bare numbers."""

SPECIALTIES = ("General", "Ortho", "Perio", "Pediatric")
TEETH = ("", "", "3", "8", "14", "19", "30", "A", "K")
SURFACES = ("", "", "O", "MO", "MOD", "B")
