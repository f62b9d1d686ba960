"""Tables of an Eaglesoft-shaped database that the agent writes to and does not read: notes of the account, alerts.

Our own list, made from public facts. Their keys are numbered by whoever inserts, not by the engine.
"""

from __future__ import annotations

TABLES = """
table operatory_notes
  note_id int key
  patient_id char(5)
  date_entered timestamp
  user_id char(3)
  note_class char(1)
  note_type char(1)
  note_type_id int
  description varchar(40)
  note varchar(4000)
  color int
  post_proc_status char(1)
  date_modified timestamp
  modified_by char(3)
  locked_eod int
  status char(1)
  tooth_data char(55)
  claim_id int
  statement_yn char(1)
  resp_party_id char(5)
  tooth char(10)
  tran_num int
  archive_name varchar(60)
  archive_path varchar(200)
  service_code char(5)
  practice_id smallint
  freshness timestamp
  surface_detail char(23)
  surface char(8)
  index patient (patient_id)

table alert
  alert_id int key
  description varchar(50)
  alert_type smallint
  show_in_list_yn char(1)

table patient_alerts
  patient_id char(5) key
  alert_id int key
"""
