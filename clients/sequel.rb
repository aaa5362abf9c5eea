# Sequel: the scenarios of t/clients.pl in its own idiom.
require 'pg'
require 'sequel'
require_relative 'serve'

DB = Sequel.connect(adapter: 'postgres', database: ENV.fetch('PGDATABASE'), host: ENV.fetch('PGHOST'),
                    port: ENV.fetch('PGPORT'), user: ENV.fetch('PGUSER'), max_connections: 10)

def tables
  DB.create_table(:parent) do
    primary_key :id
    String :name, text: true
  end
  %i[child draft profile].each do |name|
    DB.create_table(name) do
      primary_key :id
      String :name, text: true
      foreign_key :parent_id, :parent, null: name != :profile
    end
  end
  models
end

# A model reads its table when it is made.
def models
  eval <<~RUBY, TOPLEVEL_BINDING, __FILE__, __LINE__ + 1
    class Parent < Sequel::Model(:parent)
      one_to_one :child, key: :parent_id
      one_to_one :draft, key: :parent_id
      one_to_one :profile, key: :parent_id
      plugin :association_dependencies, draft: :destroy, profile: :destroy
    end

    class Child < Sequel::Model(:child)
      many_to_one :parent
    end

    class Draft < Sequel::Model(:draft)
      many_to_one :parent
    end

    class Profile < Sequel::Model(:profile)
      many_to_one :parent
    end
  RUBY
end

def create(model)
  model.create(name: 'n', parent_id: 1)
end

def assign(attribute, model)
  Parent[1].public_send("#{attribute}=", model.new(name: 'n'))
end

def save_twice
  child = Child.new(name: 'n')
  Parent[1].child = child
  child.update(name: 'm')
end

def move(model)
  model[1].update(parent: Parent[2])
end

def swap(attribute)
  one = Parent[1]
  two = Parent[2]
  mine = one.public_send(attribute)
  DB.transaction do
    one.public_send("#{attribute}=", two.public_send(attribute))
    two.public_send("#{attribute}=", mine)
  end
end

def swap_bulk
  Child.where(id: [1, 2]).update(parent_id: Sequel.lit('3 - parent_id'))
end

def create_bulk
  Child.multi_insert([{ name: 'n', parent_id: 1 }, { name: 'm', parent_id: 2 }])
end

def two_sessions
  parents = [Parent[3], Parent[3]]
  raise 'there is a child' if parents.any?(&:child)

  parents.zip(%w[n m]) { |parent, name| Child.create(name: name, parent: parent) }
end

# Save a child that was replaced since it was read.
def stale
  child = Child[1]
  DB.transaction do
    Child.where(id: 1).update(parent_id: nil)
    Child.create(name: 'n', parent_id: 1)
  end
  child.name = 'm'
  yield child
end

serve('Sequel', Sequel.version, {
  'tables' => -> { tables },
  'create' => -> { create(Child) },
  'assign' => -> { assign(:child, Child) },
  'save_twice' => -> { save_twice },
  'unset' => -> { Parent[1].child = nil },
  'move' => -> { move(Child) },
  'swap' => -> { swap(:child) },
  'swap_bulk' => -> { swap_bulk },
  'create_bulk' => -> { create_bulk },
  'two_sessions' => -> { two_sessions },
  'at_once' => -> { at_once { create(Child) } },
  'upsert_id' => lambda {
    DB[:child].insert_conflict(target: :id, update: { name: 'n', parent_id: 2 }).insert(id: 1, name: 'n', parent_id: 2)
  },
  'upsert' => -> { DB[:child].insert_conflict(target: :parent_id, update: { name: 'n' }).insert(name: 'n', parent_id: 1) },
  'ignore' => lambda {
    DB[:child].insert_conflict.multi_insert([{ name: 'n', parent_id: 1 }, { name: 'm', parent_id: 3 }])
  },
  'find_or_create' => -> { 2.times { Child.find_or_create(parent_id: 3) { |child| child.name = 'n' } } },
  'stale' => -> { stale(&:save) },
  'stale_changed' => -> { stale(&:save_changes) },
  'draft_create' => -> { create(Draft) },
  'draft_assign' => -> { assign(:draft, Draft) },
  'draft_unset' => -> { Parent[1].draft = nil },
  'draft_move' => -> { move(Draft) },
  'draft_swap' => -> { swap(:draft) },
  'draft_parent' => -> { Parent[1].destroy },
  'profile_create' => -> { create(Profile) },
  'profile_move' => -> { move(Profile) }
})
