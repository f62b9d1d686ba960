"""The tables of an Eaglesoft-shaped database: the columns an adapter reads and their realistic neighbours.

Our own list, made from public facts; ``practice`` is an assumption. It includes columns that must never be read
(passwords, social security numbers), so that a test can show that they are not.
"""

from __future__ import annotations

from sandbox.practice.eaglesoft_notes import TABLES as NOTES

_ROOMS = """
table practice
  practice_id int key
  name varchar(60)
  address_1 varchar(50)
  address_2 varchar(50)
  city varchar(40)
  state char(2)
  zipcode varchar(10)
  phone varchar(20)
  tax_id varchar(20)

table system_preferences
  version varchar(20)
  server_computer varchar(60)

table positions
  position_id int key
  description varchar(40)

table provider
  provider_id char(3) key
  first_name varchar(40)
  last_name varchar(40)
  status char(1)
  position_id int
  specialty varchar(40)
  national_prov_id varchar(20)
  federal_tax_id varchar(20)
  license varchar(20)
  dea_regulation_number varchar(20)
  social_security varchar(11)
  phone varchar(20)
  email varchar(80)
  practice_id int
  collections_go_to char(3)
  provider_color int
  last_logon timestamp
  password varchar(60)
  timesheet_password varchar(60)
  pass_answer_1 varchar(60)

table chairs
  chair_num int key
  chair_name varchar(40)
  sun_temp_id int
  mon_temp_id int
  practice_id int

table appt_types
  type_id int key
  description varchar(60)
  active smallint

table patient
  patient_id char(5) key
  first_name varchar(40)
  last_name varchar(40)
  middle_initial varchar(10)
  preferred_name varchar(40)
  salutation varchar(40)
  address_1 varchar(50)
  address_2 varchar(50)
  city varchar(40)
  state char(2)
  zipcode varchar(10)
  email_address varchar(120)
  home_phone varchar(30)
  work_phone varchar(30)
  ext varchar(6)
  cell_phone varchar(30)
  pager_phone varchar(30)
  receives_sms char(1)
  receive_email char(1)
  receive_recalls char(1)
  birth_date date
  sex char(1)
  marital_status char(1)
  social_security varchar(11)
  drivers_license varchar(20)
  chart_id varchar(20)
  status char(1)
  patient_status char(1)
  responsible_party_status char(1)
  policy_holder_status char(1)
  death_indicator char(1)
  responsible_party char(5)
  preferred_dentist char(3)
  preferred_hygienist char(3)
  current_bal numeric(15,2)
  thirty_day numeric(15,2)
  prim_employer_id int
  prim_member_id varchar(30)
  date_entered date
  first_visit_date date
  last_date_seen date
  next_regular_appointment date
  notes text
  practice_id int
  cancelled_appointments int
  failed_appointments int
  password varchar(60)
  password_salt varchar(60)
  security_answer_1 varchar(60)
  index responsible (responsible_party)
  index name (last_name, first_name)

table patient_site_providers
  patient_id char(5) key
  practice_id int key
  preferred_dentist char(3)
  preferred_hygienist char(3)

table used_patients
  patient_id char(5)
  time_used timestamp

table appointment
  appointment_id int key auto
  description varchar(50)
  start_time timestamp
  end_time timestamp
  allday_event smallint
  patient_id char(5)
  recall_id int
  location_id int
  location_free_form varchar(40)
  classification smallint
  appointment_type_id int
  prefix varchar(10)
  dollars_scheduled numeric(15,2)
  date_appointed date
  date_confirmed date
  appointment_notes text
  deletion_note varchar(200)
  sooner_if_possible char(1)
  scheduled_by char(3)
  modified_by char(3)
  appointment_name varchar(50)
  arrival_status smallint
  arrival_time timestamp
  inchair_time timestamp
  walkout_time timestamp
  confirmation_status smallint
  confirmation_note varchar(100)
  auto_confirm_sent smallint
  private smallint
  priority smallint
  index start (start_time)
  index patient (patient_id)

table appointment_provider
  appointment_id int key
  provider_id char(3) key
  start_time timestamp
  end_time timestamp

table appt_log
  appt_log_id int key auto
  user_id char(3)
  appt_id int
  appt_type int
  appt_log_action char(1)
  old_date timestamp
  new_date timestamp
  old_chair_num int
  new_chair_num int
  date_deleted timestamp
  patient_id char(5)
  patient_name varchar(80)
  old_provider char(3)
  new_provider char(3)
  modified_by char(3)
  practice_id int
  index appt (appt_id)

table services
  service_code char(5) key
  ada_code varchar(10)
  description varchar(50)
  schedabbr varchar(10)
  sequence int
  fee numeric(15,2)
  service_type_id int

table paytype
  paytype_id smallint key
  sequence smallint
  description varchar(40)
  display_on_payment_screen char(1)
  currency_type smallint
  system_required smallint

table operatory_notes_type
  id int key
  note_type char(1)
  description varchar(40)

table adjustment_type
  adjustment_type_id smallint key
  description varchar(40)
  impacts char(1)

table transactions_header
  tran_num int key auto
  user_id char(3)
  type char(1)
  tran_date date
  resp_party_id char(5)
  amount numeric(15,2)
  service_code char(5)
  paytype_id smallint
  sequence smallint
  statement_num int
  surface char(8)
  fee numeric(15,2)
  description varchar(50)
  defective char(1)
  impacts char(1)
  status char(1)
  adjustment_type smallint
  claim_id int
  bulk_payment_num int
  aging_date date
  tooth char(10)
  practice_id smallint
  balance numeric(15,2)
  index responsible (resp_party_id)
  index date (tran_date)

table transactions_detail
  detail_id int key auto
  tran_num int
  user_id char(3)
  date_entered timestamp
  provider_id char(3)
  collections_go_to char(3)
  patient_id char(5)
  amount numeric(15,2)
  provider_practice_id smallint
  patient_practice_id smallint
  applied_to int
  status smallint
  status_modifier int
  posneg char(1)
  index tran (tran_num)
  index patient (patient_id)
"""

TABLES = _ROOMS + NOTES

TRANSACTIONS_VIEW = """
CREATE VIEW {prefix}transactions AS
SELECT h.tran_num, h.type, h.tran_date, h.resp_party_id, h.amount, h.status, d.patient_id, d.provider_id
FROM {prefix}transactions_header h
LEFT JOIN {prefix}transactions_detail d ON d.detail_id =
  (SELECT min(x.detail_id) FROM {prefix}transactions_detail x WHERE x.tran_num = h.tran_num)
"""
"""Only for people who look around: an adapter reads the base tables."""
